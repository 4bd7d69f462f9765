import { IsBoolean, IsIn, IsInt, IsISO8601, IsString, IsUUID } from 'class-validator';
import { Describe, Holds } from './describe.js';
import { MayBeOmitted, OrNull } from './validators.js';
import {
  type Addressing,
  ADDRESSING_STYLES,
  CHECKSUM_MODES,
  type ChecksumMode,
  HEALTH_STATUSES,
  type HealthStatus,
  type Provider,
  PROVIDERS,
  STORAGE_CLASSES,
  type StorageClass,
  TLS_MODES,
  type TlsMode,
} from './vocabulary.js';

export class LocationHealth {
  @Describe('unverified until the first test.', 'healthy')
  @IsIn(HEALTH_STATUSES)
  status!: HealthStatus;

  @Describe('Of the last test. RFC 3339, UTC.', '2026-01-11T10:31:00.000Z')
  @OrNull()
  @IsISO8601()
  checked_at!: string | null;
}

/**
 * A storage as a backup service opens it: the `storage` of a reply, with every default resolved. The test opens this
 * same shape, so that what was tested is what backs up.
 */
export class StorageLocation {
  @Describe('The configuration.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @IsUUID()
  id!: string;

  @Describe("The owner's; null for the platform's own storage.", '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe('For people.', 'Production Backups')
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

  @Describe('Resolved: for S3 kinds always a URL.', 'https://a1b2c3d4e5f60718293a4b5c6d7e8f90.r2.cloudflarestorage.com')
  @OrNull()
  @IsString()
  endpoint_url!: string | null;

  @Describe('S3 kinds: how the bucket is addressed.', 'path')
  @OrNull()
  @IsIn(ADDRESSING_STYLES)
  addressing!: Addressing | null;

  @Describe('S3 kinds: the checksum that uploads carry.', 'required')
  @OrNull()
  @IsIn(CHECKSUM_MODES)
  checksum_mode!: ChecksumMode | null;

  @Describe('S3 kinds: of a multipart upload.', 16_777_216)
  @OrNull()
  @IsInt()
  part_size_bytes!: number | null;

  @Describe('AWS S3.', null)
  @OrNull()
  @IsIn(STORAGE_CLASSES)
  storage_class!: StorageClass | null;

  @Describe("Complete, `a/b/`: the organization's folder on platform storage included.", 'backups/')
  @OrNull()
  @IsString()
  path_prefix!: string | null;

  @Describe('SFTP and FTP.', null)
  @OrNull()
  @IsString()
  host!: string | null;

  @Describe('SFTP and FTP.', null)
  @OrNull()
  @IsInt()
  port!: number | null;

  @Describe('FTP.', null)
  @OrNull()
  @IsIn(TLS_MODES)
  tls!: TlsMode | null;

  @Describe('SFTP: the pinned host key; connect to no other.', null)
  @OrNull()
  @IsString()
  host_key_sha256!: string | null;

  @Describe('Certificate of a private authority, PEM.', null)
  @OrNull()
  @IsString()
  ca_certificate!: string | null;

  @Describe('An inactive storage is given for reading only.', true)
  @IsBoolean()
  is_active!: boolean;

  @Describe('What the last test came to.')
  @Holds(() => LocationHealth)
  health!: LocationHealth;
}

/** Opened credentials. S3 kinds and FTP: the first two; SFTP: access_key and at least one of secret_key and private_key. */
export class Credentials {
  @Describe('S3 kinds: access key id. SFTP and FTP: user name.', 'YOUR_ACCESS_KEY')
  @IsString()
  access_key!: string;

  @Describe('S3 kinds: secret access key. SFTP and FTP: password.', 'YOUR_SECRET_KEY')
  @MayBeOmitted()
  @IsString()
  secret_key?: string;

  @Describe('SFTP.')
  @MayBeOmitted()
  @IsString()
  private_key?: string;

  @Describe('SFTP: of the private key.')
  @MayBeOmitted()
  @IsString()
  passphrase?: string;
}
