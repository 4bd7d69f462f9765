import { Type } from 'class-transformer';
import { Allow, IsIn, IsInt, IsObject, IsUUID, Max, Min, ValidateNested } from 'class-validator';
import type { EgressAllowances } from '../egress-allowances.dto.js';
import type { ErrorBody } from '../errors.js';
import type { StorageFields, UpdateStorageConfig } from '../storage-config.dto.js';
import type { UpdateStorageSettings } from '../storage-settings.dto.js';
import { IsLine, IsText, OrNull } from '../validators.js';
import { type Provider, TEST_DEPTHS, type TestDepth } from '../vocabulary.js';
import type { ConfigWithoutSecrets, CreateConfigBody } from './commands.js';

/** A body of REST has 64 KiB; sealed and in base64url it is a third longer. */
const LONGEST_SEALED = 131_072;

const uuid = (field: string): PropertyDecorator => IsUUID('all', { message: `${field} must be a UUID` });

/** Who asks, as the gateway verified it. */
export class Actor {
  /** `sub` of the token. */
  @IsLine(255)
  id!: string;

  @IsIn(['user'], { message: 'kind must be user' })
  kind!: 'user';

  /** Address of the client, for the audit. */
  @OrNull()
  @IsLine(64)
  ip!: string | null;
}

abstract class FromGateway {
  @IsObject({ message: 'actor must be an object' })
  @ValidateNested()
  @Type(() => Actor)
  actor!: Actor;

  /** Names the stored outcome: a gateway that waited in vain reads it there. */
  @uuid('request_id')
  request_id!: string;

  @OrNull()
  @IsLine(255)
  idempotency_key!: string | null;

  /** null = the platform's own. */
  @OrNull()
  @uuid('organization_id')
  organization_id!: string | null;

  /** From If-Match; null = unconditional. */
  @OrNull()
  @IsInt({ message: 'if_version must be a whole number' })
  if_version!: number | null;

  /** Held to its class where it is read, whole with the unsealed secrets. */
  @Allow()
  config: unknown;

  /** JWE compact sealed to the worker, or null. */
  @OrNull()
  @IsText(LONGEST_SEALED)
  credentials!: string | null;
}

/** What every gateway request carries. `config` and `credentials` only where the method takes them. */
export class GatewayRequest extends FromGateway {
  @OrNull()
  @uuid('storage_config_id')
  storage_config_id!: string | null;
}

export class GatewayCreate extends GatewayRequest {
  declare config: CreateConfigBody;
}

/** A request about one saved config that needs nothing more: delete, usage refresh. */
export class GatewayOfConfig extends FromGateway {
  @uuid('storage_config_id')
  storage_config_id!: string;
}

export class GatewayUpdate extends GatewayOfConfig {
  declare config: ConfigWithoutSecrets<UpdateStorageConfig>;
}

/** Saved: storage_config_id, config null. Unsaved: config and credentials. */
export class GatewayTest extends GatewayRequest {
  declare config: (ConfigWithoutSecrets<StorageFields> & { provider: Provider; name?: string }) | null;

  @IsIn(TEST_DEPTHS, { message: `depth must be one of ${TEST_DEPTHS.join(', ')}` })
  depth!: TestDepth;
}

export class GatewaySettingsUpdate extends GatewayRequest {
  declare config: UpdateStorageSettings;
}

export class GatewayOperationCancel extends GatewayRequest {
  @uuid('operation_id')
  operation_id!: string;
}

export class GatewayBackupDelete extends GatewayRequest {
  @uuid('backup_id')
  backup_id!: string;
}

export class GatewayEgressReplace extends GatewayRequest {
  declare config: EgressAllowances;
}

/** A host and port that somebody wanted to test. */
export class ScannedAddress {
  @IsLine(255)
  host!: string;

  @IsInt({ message: 'port must be a whole number' })
  @Min(0, { message: 'port must be at least 0' })
  @Max(65_535, { message: 'port must be at most 65535' })
  port!: number;
}

/** An organization wants to test more addresses than its rate lets it. */
export class GatewayScanReport extends GatewayRequest {
  /** The address that was one too many. */
  @IsObject({ message: 'scan must be an object' })
  @ValidateNested()
  @Type(() => ScannedAddress)
  scan!: ScannedAddress;
}

/** What `private_key_sealed` holds: sealed to the worker, and good for one organization only. */
export interface SealedPrivateKey {
  organization_id: string;
  /** OpenSSH form, without passphrase. */
  private_key: string;
}

/** Reply to the gateway; no secret in it, so it needs no seal. */
export type GatewayReply<T> = { ok: true; result: T } | { ok: false; error: ErrorBody };
