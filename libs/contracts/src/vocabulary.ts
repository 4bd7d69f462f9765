/** The storage kinds, in the order in which the product shows them. */
export const PROVIDERS = ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio', 'sftp', 'ftp'] as const;
export type Provider = (typeof PROVIDERS)[number];

export const TLS_MODES = ['none', 'explicit', 'implicit'] as const;
/** FTP only: clear text, AUTH TLS on the control port (RFC 4217), or TLS from the first byte (port 990). */
export type TlsMode = (typeof TLS_MODES)[number];

export const JURISDICTIONS = ['default', 'eu', 'fedramp'] as const;
/** Cloudflare R2 only. */
export type Jurisdiction = (typeof JURISDICTIONS)[number];

export const STORAGE_CLASSES = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'] as const;
export type StorageClass = (typeof STORAGE_CLASSES)[number];

export const HOST_KEY_POLICIES = ['accept-new', 'strict'] as const;
/** SFTP only: what to do with a host key that is not pinned. */
export type HostKeyPolicy = (typeof HOST_KEY_POLICIES)[number];

/** How an S3 bucket is addressed: `https://host/bucket/key` or `https://bucket.host/key`. */
export const ADDRESSING_STYLES = ['path', 'virtual'] as const;
export type Addressing = (typeof ADDRESSING_STYLES)[number];

/** Upload checksums: CRC32 on every request, only where S3 requires one, or Content-MD5 (Object Lock on old servers). */
export const CHECKSUM_MODES = ['crc32', 'required', 'md5'] as const;
export type ChecksumMode = (typeof CHECKSUM_MODES)[number];

export const HEALTH_STATUSES = ['unverified', 'healthy', 'degraded', 'failing'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export const HISTORY_KINDS = ['usage', 'health'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

export const TEST_DEPTHS = ['quick', 'full'] as const;
export type TestDepth = (typeof TEST_DEPTHS)[number];

/** The steps of a storage test, in the order in which they run. */
export const CHECK_NAMES = [
  'resolve',
  'connect',
  'tls',
  'authenticate',
  'container',
  'write',
  'size',
  'read',
  'compare',
  'range',
  'multipart',
  'delete',
  'gone',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export const CHECK_STATUSES = ['ok', 'failed', 'skipped'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export const OPERATION_KINDS = ['storage.test', 'storage.usage.refresh', 'storage.create', 'backup.delete'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OPERATION_STATUSES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'expired',
  'cancelled',
  'superseded',
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** What the ledger knows of a backup; the API lists those that run or are completed. */
export const BACKUP_STATES = ['running', 'completed', 'failed', 'deleted'] as const;
export type BackupState = (typeof BACKUP_STATES)[number];

export const BACKUP_STATUSES = ['running', 'completed'] as const;
export type BackupStatus = (typeof BACKUP_STATUSES)[number];

/** The secret fields of a storage: write-only, in no answer, log, event or column in clear. */
export const SECRET_FIELDS = ['access_key', 'secret_key', 'private_key', 'passphrase'] as const;
export type SecretField = (typeof SECRET_FIELDS)[number];
/** Fields that may name a user as well, in an address that was pasted whole: they are then sealed like a secret. */
export const ADDRESS_FIELDS = ['endpoint_url', 'host'] as const;
