import type { Addressing, ChecksumMode, HealthStatus, Provider, StorageClass, TlsMode } from './vocabulary.js';

/**
 * A storage as a backup service opens it: the `storage` of a reply, with every default resolved. The test opens this
 * same shape, so that what was tested is what backs up.
 */
export interface StorageLocation {
  id: string;
  /** The owner's; null = the platform's own storage. */
  organization_id: string | null;
  name: string;
  provider: Provider;
  bucket: string | null;
  region: string | null;
  /** Resolved: for S3 kinds always a URL. */
  endpoint_url: string | null;
  /** S3 kinds only, else null; likewise the next two. */
  addressing: Addressing | null;
  checksum_mode: ChecksumMode | null;
  part_size_bytes: number | null;
  storage_class: StorageClass | null;
  /** Complete: `a/b/` or null; the organization's folder on platform storage included. */
  path_prefix: string | null;
  host: string | null;
  port: number | null;
  tls: TlsMode | null;
  host_key_sha256: string | null;
  ca_certificate: string | null;
  is_active: boolean;
  health: { status: HealthStatus; checked_at: string | null };
}

/** Opened credentials. S3 kinds and FTP: the first two; SFTP: access_key and at least one of secret_key and private_key. */
export interface Credentials {
  access_key: string;
  secret_key?: string;
  private_key?: string;
  passphrase?: string;
}
