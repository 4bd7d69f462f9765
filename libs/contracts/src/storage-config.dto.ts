import { IsBoolean, IsIn, IsInt, IsISO8601, IsString, IsUUID, Matches, Max, Min } from 'class-validator';
import { Describe, Holds, HoldsList } from './describe.js';
import { IsLine, IsText, MayBeNull, MayBeOmitted, OrNull } from './validators.js';
import {
  CHECKSUM_MODES,
  type ChecksumMode,
  HEALTH_STATUSES,
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
import { Warning } from './warning.dto.js';

/** Where and what a storage is, secrets aside. What each provider requires or allows is `checkFields` of @stowage/providers. */
export class StorageFields {
  @Describe(
    'S3 kinds: the bucket. SFTP and FTP: the base directory, the login directory when left out.',
    'oecsh-backups',
  )
  @MayBeNull()
  @IsLine(512)
  bucket?: string | null;

  @Describe(
    'AWS S3: us-east-1 when left out. Backblaze B2: this or endpoint_url. Cloudflare R2: always auto.',
    'eu-west-1',
  )
  @MayBeNull()
  @IsLine(64)
  region?: string | null;

  @Describe(
    'MinIO and other S3 services: with protocol and port. SFTP and FTP: in place of host, e.g. sftp://host:22. AWS S3 and Cloudflare R2: a pasted endpoint of the vendor is read for region, bucket and account.',
    'https://minio.example.com:9000',
  )
  @MayBeNull()
  @IsLine(512)
  endpoint_url?: string | null;

  @Describe('Cloudflare R2: the account, 32 hexadecimal characters.', 'a1b2c3d4e5f60718293a4b5c6d7e8f90')
  @MayBeNull()
  @IsLine(512)
  account_id?: string | null;

  @Describe('Cloudflare R2: where the bucket is kept.', 'default')
  @MayBeNull()
  @IsIn(JURISDICTIONS, { message: `jurisdiction must be one of ${JURISDICTIONS.join(', ')}` })
  jurisdiction?: Jurisdiction | null;

  @Describe('SFTP and FTP: name or address of the server.', 'sftp.example.com')
  @MayBeNull()
  @IsLine(253)
  host?: string | null;

  @Describe('SFTP: 22 when left out. FTP: 21, or 990 with implicit TLS.', 22)
  @MayBeNull()
  @IsInt({ message: 'port must be a whole number' })
  @Min(1, { message: 'port must be between 1 and 65535' })
  @Max(65535, { message: 'port must be between 1 and 65535' })
  port?: number | null;

  @Describe('FTP: none, explicit (AUTH TLS) or implicit. Left out, TLS is tried first.', 'explicit')
  @MayBeNull()
  @IsIn(TLS_MODES, { message: `tls must be one of ${TLS_MODES.join(', ')}` })
  tls?: TlsMode | null;

  @Describe(
    'SFTP: the pinned host key, as `ssh-keygen -lf` prints it.',
    'SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s',
  )
  @MayBeNull()
  @Matches(/^SHA256:[A-Za-z0-9+/]{43}$/, {
    message: 'host_key_sha256 must look like SHA256:… (43 characters), as `ssh-keygen -lf` prints it',
  })
  host_key_sha256?: string | null;

  @Describe('SFTP: strict refuses a host key that is not pinned yet, before anything is sent to it.', 'strict')
  @MayBeOmitted()
  @IsIn(HOST_KEY_POLICIES, { message: `host_key_policy must be one of ${HOST_KEY_POLICIES.join(', ')}` })
  host_key_policy?: HostKeyPolicy;

  @Describe('S3 kinds and FTP: certificate of a private authority, PEM.')
  @MayBeNull()
  @IsText(65_536)
  ca_certificate?: string | null;

  @Describe('Folder for all backups; stored as `a/b/`.', 'backups/')
  @MayBeNull()
  @IsLine(512)
  path_prefix?: string | null;

  @Describe('AWS S3: STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING or GLACIER_IR.', 'STANDARD_IA')
  @MayBeNull()
  @IsLine(64)
  storage_class?: string | null;
}

/** StorageFields with the secrets in clear: only in a REST request body, sealed by the gateway at once. */
export class StorageInput extends StorageFields {
  @Describe(
    'Write-only. S3 kinds: access key id (Backblaze B2: application key id). SFTP and FTP: user name.',
    'YOUR_ACCESS_KEY',
  )
  @MayBeOmitted()
  @IsText(1024)
  access_key?: string;

  @Describe(
    'Write-only. S3 kinds: secret access key (Backblaze B2: application key). SFTP and FTP: password.',
    'YOUR_SECRET_KEY',
  )
  @MayBeOmitted()
  @IsText(4096)
  secret_key?: string;

  @Describe('Write-only. SFTP: private key, in place of or beside the password.')
  @MayBeOmitted()
  @IsText(32_768)
  private_key?: string;

  @Describe('Write-only. SFTP: in place of private_key, the `private_key_sealed` of POST /storage-tools/ssh-key.')
  @MayBeOmitted()
  @IsText(8192)
  @Matches(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/, {
    message: 'private_key_sealed must be what POST /storage-tools/ssh-key answered, unchanged',
  })
  private_key_sealed?: string;

  @Describe('Write-only. SFTP: passphrase of the private key.')
  @MayBeOmitted()
  @IsText(4096)
  passphrase?: string;
}

/** Body of POST /storage-configs. */
export class CreateStorageConfig extends StorageInput {
  @Describe('Unique in the organization, without regard to case.', 'Production Backups')
  @IsLine(100)
  name!: string;

  @Describe('The kind of storage.', 'cloudflare_r2')
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  @Describe(
    'Whether backups go here unless told otherwise. Only one storage of an organization is its default; the first one is, unless it says false.',
    true,
  )
  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;
}

/** Body of PATCH /storage-configs/{id}. Omitted = unchanged, null = cleared. */
export class UpdateStorageConfig extends StorageInput {
  @Describe('Unique in the organization, without regard to case.', 'Production Backups')
  @MayBeOmitted()
  @IsLine(100)
  name?: string;

  @Describe('Taken so that a client may send back what it read; a different value is refused.', 'cloudflare_r2')
  @MayBeOmitted()
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider?: Provider;

  @Describe(
    'Whether backups go here unless told otherwise. Only one storage of an organization is its default; the first one is, unless it says false.',
    true,
  )
  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;

  @Describe('An inactive storage takes no new backups; restoring and deleting go on.', true)
  @MayBeOmitted()
  @IsBoolean({ message: 'is_active must be true or false' })
  is_active?: boolean;
}

/** Body of POST /storage-configs/test-connection. */
export class TestStorageConfig extends StorageInput {
  @Describe('Unique in the organization, without regard to case.', 'Production Backups')
  @MayBeOmitted()
  @IsLine(100)
  name?: string;

  @Describe('The kind of storage.', 'cloudflare_r2')
  @IsIn(PROVIDERS, { message: `provider must be one of ${PROVIDERS.join(', ')}` })
  provider!: Provider;

  @Describe('Ignored; taken so that a client may test the very body that it will create.', false)
  @MayBeOmitted()
  @IsBoolean({ message: 'is_default must be true or false' })
  is_default?: boolean;
}

export class CredentialsSummary {
  @Describe('The last four characters of an S3 access key, to tell keys apart.', 'X7QA')
  @OrNull()
  @IsString()
  access_key_hint!: string | null;

  @Describe('When the credentials were last given. RFC 3339, UTC.', '2026-01-11T10:30:00.000Z')
  @IsISO8601()
  updated_at!: string;

  @Describe('Whole days since then.', 12)
  @IsInt()
  age_days!: number;

  @Describe('True from 90 days on: change the keys.', false)
  @IsBoolean()
  rotation_due!: boolean;
}

/** What the last test of a storage came to. */
export class StorageHealth {
  @Describe('unverified until the first test.', 'healthy')
  @IsIn(HEALTH_STATUSES)
  status!: HealthStatus;

  @Describe('The diagnosis; null when all is well.', null)
  @OrNull()
  @IsString()
  code!: string | null;

  @Describe('What happened, in one sentence.', null)
  @OrNull()
  @IsString()
  message!: string | null;

  @Describe('What to do next.', null)
  @OrNull()
  @IsString()
  hint!: string | null;

  @Describe('Whole milliseconds of one small request.', 145)
  @OrNull()
  @IsInt()
  latency_ms!: number | null;

  @Describe('RFC 3339, UTC.', '2026-01-11T10:31:00.000Z')
  @OrNull()
  @IsISO8601()
  checked_at!: string | null;

  @Describe('Since when tests fail without a break. RFC 3339, UTC.', null)
  @OrNull()
  @IsISO8601()
  failing_since!: string | null;
}

/** Measured minus recorded. */
export class UsageDrift {
  @Describe('Bytes.', 0)
  @IsInt()
  size_bytes!: number;

  @Describe('Objects.', 0)
  @IsInt()
  object_count!: number;
}

/** What a usage refresh counted on the storage itself. */
export class MeasuredUsage {
  @Describe('Bytes.', 5_368_709_120)
  @IsInt()
  size_bytes!: number;

  @Describe('Objects.', 126)
  @IsInt()
  object_count!: number;

  @Describe('RFC 3339, UTC.', '2026-01-11T10:35:00.000Z')
  @IsISO8601()
  measured_at!: string;

  @Describe('How it was counted.', 'listing')
  @IsString()
  method!: string;

  @Describe('Measured minus recorded.')
  @Holds(() => UsageDrift)
  drift!: UsageDrift;
}

/** A storage configuration as events tell of it: nothing about its credentials. Times RFC 3339 UTC, sizes bytes. */
export class StorageDescription {
  @Describe('The configuration.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @IsUUID()
  id!: string;

  @Describe("The owner; null for the platform's own storage.", '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe('Unique in the organization, without regard to case.', 'Production Backups')
  @IsString()
  name!: string;

  @Describe('The kind of storage.', 'cloudflare_r2')
  @IsIn(PROVIDERS)
  provider!: Provider;

  @Describe('S3 kinds: the bucket. SFTP and FTP: the base directory.', 'oecsh-backups')
  @OrNull()
  @IsString()
  bucket!: string | null;

  @Describe('S3 kinds.', 'auto')
  @OrNull()
  @IsString()
  region!: string | null;

  @Describe('Backblaze B2, MinIO and other S3 services.', null)
  @OrNull()
  @IsString()
  endpoint_url!: string | null;

  @Describe('Folder for all backups.', 'backups/')
  @OrNull()
  @IsString()
  path_prefix!: string | null;

  @Describe('AWS S3.', null)
  @OrNull()
  @IsString()
  storage_class!: string | null;

  @Describe('Whether backups go here unless told otherwise.', true)
  @IsBoolean()
  is_default!: boolean;

  @Describe('An inactive storage takes no new backups.', true)
  @IsBoolean()
  is_active!: boolean;

  @Describe('Bytes of all backups recorded here.', 5_368_709_120)
  @IsInt()
  total_size_bytes!: number;

  @Describe('Number of backups recorded here.', 42)
  @IsInt()
  object_count!: number;

  @Describe('Time of the newest backup. RFC 3339, UTC.', '2026-01-11T08:00:00.000Z')
  @OrNull()
  @IsISO8601()
  last_used_at!: string | null;

  @Describe('RFC 3339, UTC.', '2026-01-11T10:30:00.000Z')
  @IsISO8601()
  created_at!: string;

  @Describe('RFC 3339, UTC.', '2026-01-11T10:30:00.000Z')
  @IsISO8601()
  updated_at!: string;

  @Describe('The ETag, without its quotes: for If-Match.', 1)
  @IsInt()
  version!: number;

  @Describe('Cloudflare R2.', 'a1b2c3d4e5f60718293a4b5c6d7e8f90')
  @OrNull()
  @IsString()
  account_id!: string | null;

  @Describe('Cloudflare R2.', 'default')
  @OrNull()
  @IsIn(JURISDICTIONS)
  jurisdiction!: Jurisdiction | null;

  @Describe('SFTP and FTP.', null)
  @OrNull()
  @IsString()
  host!: string | null;

  @Describe('SFTP and FTP.', null)
  @OrNull()
  @IsInt()
  port!: number | null;

  @Describe(
    'S3: the upload checksum that a test found to be taken, where the usual one was refused; backups keep to it.',
    null,
  )
  @OrNull()
  @IsIn(CHECKSUM_MODES)
  checksum_mode!: ChecksumMode | null;

  @Describe('FTP.', null)
  @OrNull()
  @IsIn(TLS_MODES)
  tls!: TlsMode | null;

  @Describe('SFTP: the pinned host key.', null)
  @OrNull()
  @IsString()
  host_key_sha256!: string | null;

  @Describe('Certificate of a private authority, PEM.', null)
  @OrNull()
  @IsString()
  ca_certificate!: string | null;

  @Describe('What the last test came to.')
  @Holds(() => StorageHealth)
  health!: StorageHealth;

  @Describe('What was counted on the storage itself; null before the first usage refresh.')
  @OrNull()
  @Holds(() => MeasuredUsage)
  measured!: MeasuredUsage | null;
}

/** A storage configuration as REST shows it: no secret in it, ever. */
export class StorageConfig extends StorageDescription {
  @Describe('About the credentials, which are never shown.')
  @Holds(() => CredentialsSummary)
  credentials!: CredentialsSummary;

  @Describe('What was changed or should be known about the input; only in the answer to POST and PATCH.')
  @MayBeOmitted()
  @HoldsList(() => Warning)
  warnings?: Warning[];
}
