import type { EgressAllowances } from '../egress-allowances.dto.js';
import type { ErrorBody } from '../errors.js';
import type { UpdateStorageConfig } from '../storage-config.dto.js';
import type { UpdateStorageSettings } from '../storage-settings.dto.js';
import type { TestDepth, Provider } from '../vocabulary.js';
import type { ConfigWithoutSecrets, CreateConfigBody } from './commands.js';
import type { StorageFields } from '../storage-config.dto.js';

/** Who asks, as the gateway verified it. */
export interface Actor {
  /** `sub` of the token. */
  id: string;
  kind: 'user';
  /** Address of the client, for the audit. */
  ip: string | null;
}

/** What every gateway request carries. `config` and `credentials` only where the method takes them. */
export interface GatewayRequest {
  actor: Actor;
  /** Names the stored outcome: a gateway that waited in vain reads it there. */
  request_id: string;
  idempotency_key: string | null;
  /** null = the platform's own. */
  organization_id: string | null;
  storage_config_id: string | null;
  /** From If-Match; null = unconditional. */
  if_version: number | null;
  config: unknown;
  /** JWE compact sealed to the worker, or null. */
  credentials: string | null;
}

export interface GatewayCreate extends GatewayRequest {
  config: CreateConfigBody;
}

/** A request about one saved config that needs nothing more: delete, usage refresh. */
export interface GatewayOfConfig extends GatewayRequest {
  storage_config_id: string;
}

export interface GatewayUpdate extends GatewayOfConfig {
  config: ConfigWithoutSecrets<UpdateStorageConfig>;
}

/** Saved: storage_config_id, config null. Unsaved: config and credentials. */
export interface GatewayTest extends GatewayRequest {
  config: (ConfigWithoutSecrets<StorageFields> & { provider: Provider; name?: string }) | null;
  depth: TestDepth;
}

export interface GatewaySettingsUpdate extends GatewayRequest {
  config: UpdateStorageSettings;
}

export interface GatewayOperationCancel extends GatewayRequest {
  operation_id: string;
}

export interface GatewayBackupDelete extends GatewayRequest {
  backup_id: string;
}

export interface GatewayEgressReplace extends GatewayRequest {
  config: EgressAllowances;
}

/** An organization wants to test more addresses than its rate lets it. */
export interface GatewayScanReport extends GatewayRequest {
  /** The address that was one too many. */
  scan: { host: string; port: number };
}

/** What `private_key_sealed` holds: sealed to the worker, and good for one organization only. */
export interface SealedPrivateKey {
  organization_id: string;
  /** OpenSSH form, without passphrase. */
  private_key: string;
}

/** Reply to the gateway; no secret in it, so it needs no seal. */
export type GatewayReply<T> = { ok: true; result: T } | { ok: false; error: ErrorBody };
