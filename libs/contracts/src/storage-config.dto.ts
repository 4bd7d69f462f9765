import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import {
  type HealthStatus,
  HOST_KEY_POLICIES,
  type HostKeyPolicy,
  type Jurisdiction,
  JURISDICTIONS,
  type Provider,
  PROVIDERS,
  TLS_MODES,
  type TlsMode,
} from './vocabulary.js';
import { IsLine, IsText, MayBeNull, MayBeOmitted } from './validators.js';

/** Where and what a storage is, secrets aside. What each provider requires or allows is `checkFields` of @stowage/providers. */
export class StorageFields {
  /** S3: the bucket. SFTP and FTP: the base directory, the login directory when left out. */
  @MayBeNull()
  @IsLine(512)
  bucket?: string | null;

  @MayBeNull()
  @IsLine(64)
  region?: string | null;

  @MayBeNull()
  @IsLine(512)
  endpoint_url?: string | null;

  /** Cloudflare R2: 32 hexadecimal characters. */
  @MayBeNull()
  @IsLine(512)
  account_id?: string | null;

  @MayBeNull()
  @IsIn(JURISDICTIONS, { message: `jurisdiction must be one of ${JURISDICTIONS.join(', ')}` })
  jurisdiction?: Jurisdiction | null;

  @MayBeNull()
  @IsLine(253)
  host?: string | null;

  @MayBeNull()
  @IsInt({ message: 'port must be a whole number' })
  @Min(1, { message: 'port must be between 1 and 65535' })
  @Max(65535, { message: 'port must be between 1 and 65535' })
  port?: number | null;

  @MayBeNull()
  @IsIn(TLS_MODES, { message: `tls must be one of ${TLS_MODES.join(', ')}` })
  tls?: TlsMode | null;

  /** `SHA256:` and 43 characters of unpadded base64, as ssh-keygen -l prints it. */
  @MayBeNull()
  @Matches(/^SHA256:[A-Za-z0-9+/]{43}$/, {
    message: 'host_key_sha256 must look like SHA256:… (43 characters), as `ssh-keygen -lf` prints it',
  })
  host_key_sha256?: string | null;

  @MayBeOmitted()
  @IsIn(HOST_KEY_POLICIES, { message: `host_key_policy must be one of ${HOST_KEY_POLICIES.join(', ')}` })
  host_key_policy?: HostKeyPolicy;

  @MayBeNull()
  @IsText(65_536)
  ca_certificate?: string | null;

  @MayBeNull()
  @IsLine(512)
  path_prefix?: string | null;

  @MayBeNull()
  @IsLine(64)
  storage_class?: string | null;
}

/** StorageFields with the secrets in clear: only in a REST request body, sealed by the gateway at once. */
export class StorageInput extends StorageFields {
  @MayBeOmitted()
  @IsText(1024)
  access_key?: string;

  @MayBeOmitted()
  @IsText(4096)
  secret_key?: string;

  @MayBeOmitted()
  @IsText(32_768)
  private_key?: string;

  @MayBeOmitted()
  @IsText(4096)
  passphrase?: string;
}

/** Body of POST /storage-configs. */
export class CreateStorageConfig extends StorageInput {
  @IsLine(100)
  name!: string;

  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;
}

/** Body of PATCH /storage-configs/{id}. Omitted = unchanged, null = cleared. */
export class UpdateStorageConfig extends StorageInput {
  @MayBeOmitted()
  @IsLine(100)
  name?: string;

  /** Taken so that a client may send back what it read; a different value is `config.provider_fixed`. */
  @MayBeOmitted()
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider?: Provider;

  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;

  @MayBeOmitted()
  @IsBoolean({ message: 'is_active must be true or false' })
  is_active?: boolean;
}

/** Body of POST /storage-configs/test-connection. */
export class TestStorageConfig extends StorageInput {
  @MayBeOmitted()
  @IsLine(100)
  name?: string;

  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  /** Ignored; accepted so that a client may test the very body that it will create. */
  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;
}

export interface CredentialsSummary {
  /** Last four characters of an S3 access key of 12 characters or more, else null. */
  access_key_hint: string | null;
  updated_at: string;
  age_days: number;
  /** True after 90 days. */
  rotation_due: boolean;
}

export interface StorageHealth {
  status: HealthStatus;
  code: string | null;
  message: string | null;
  hint: string | null;
  latency_ms: number | null;
  checked_at: string | null;
  failing_since: string | null;
}

/** What a usage refresh counted on the storage itself. */
export interface MeasuredUsage {
  size_bytes: number;
  object_count: number;
  measured_at: string;
  /** How it was counted, e.g. `listing`. */
  method: string;
  /** Measured minus recorded: bytes and objects. */
  drift: { size_bytes: number; object_count: number };
}

/** A storage configuration as REST shows it: no secret in it, ever. Times RFC 3339 UTC, sizes bytes. */
export interface StorageConfig {
  id: string;
  organization_id: string | null;
  name: string;
  provider: Provider;
  bucket: string | null;
  region: string | null;
  endpoint_url: string | null;
  path_prefix: string | null;
  storage_class: string | null;
  is_default: boolean;
  is_active: boolean;
  total_size_bytes: number;
  object_count: number;
  last_used_at: string | null;
  created_at: string;
  updated_at: string;
  version: number;
  account_id: string | null;
  jurisdiction: Jurisdiction | null;
  host: string | null;
  port: number | null;
  tls: TlsMode | null;
  host_key_sha256: string | null;
  ca_certificate: string | null;
  credentials: CredentialsSummary;
  health: StorageHealth;
  measured: MeasuredUsage | null;
  /** What was changed or should be known about the input; only in the answer to POST and PATCH. */
  warnings?: Warning[];
}

export interface Warning {
  code: string;
  message: string;
}
