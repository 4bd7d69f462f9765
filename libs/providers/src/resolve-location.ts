import type {
  Addressing,
  ChecksumMode,
  HealthStatus,
  Provider,
  StorageClass,
  StorageLocation,
} from '@stowage/contracts';
import type { CheckedFields } from './field-check.js';
import { isS3Provider, VENDORS } from './s3/vendors.js';

/** A configuration as it is stored, secrets aside. What an unsaved one has not is left out. */
export interface StoredStorage extends CheckedFields {
  id?: string;
  organization_id: string | null;
  name?: string;
  provider: Provider;
  is_active?: boolean;
  /** Found out for this storage; else the provider's. */
  addressing?: Addressing | null;
  checksum_mode?: ChecksumMode | null;
  health?: { status: HealthStatus; checked_at: string | null };
}

export interface ResolveOptions {
  /** Development only (STORAGE_DEV_ENDPOINTS): local servers in place of a vendor's. */
  devEndpoints?: Partial<Record<Provider, string>>;
}

/** Every default filled in: what is tested, what backs up, and what a service is answered. */
export function resolveLocation(config: StoredStorage, options: ResolveOptions = {}): StorageLocation {
  return {
    id: config.id ?? '',
    organization_id: config.organization_id,
    name: config.name ?? '',
    provider: config.provider,
    bucket: config.bucket,
    ...resolveS3(config, options.devEndpoints?.[config.provider]),
    storage_class: config.storage_class as StorageClass | null,
    path_prefix: config.path_prefix,
    host: config.host,
    port: config.port,
    tls: config.tls,
    host_key_sha256: config.host_key_sha256,
    ca_certificate: config.ca_certificate,
    is_active: config.is_active ?? true,
    health: config.health ?? { status: 'unverified', checked_at: null },
  };
}

type S3Part = Pick<StorageLocation, 'region' | 'endpoint_url' | 'addressing' | 'checksum_mode' | 'part_size_bytes'>;

function resolveS3(config: StoredStorage, devEndpoint: string | undefined): S3Part {
  if (!isS3Provider(config.provider)) {
    return { region: null, endpoint_url: null, addressing: null, checksum_mode: null, part_size_bytes: null };
  }
  const vendor = VENDORS[config.provider];
  return {
    region: vendor.region(config),
    endpoint_url: devEndpoint ?? vendor.endpoint(config),
    addressing:
      config.addressing ?? (devEndpoint === undefined ? addressingOf(config.bucket, vendor.addressing) : 'path'),
    checksum_mode: config.checksum_mode ?? (devEndpoint === undefined ? vendor.checksumMode : 'md5'),
    part_size_bytes: vendor.partSizeBytes,
  };
}

/** A wildcard certificate covers one label: `my.bucket.s3.amazonaws.com` would fail TLS. */
function addressingOf(bucket: string | null, vendorStyle: Addressing): Addressing {
  return bucket?.includes('.') ? 'path' : vendorStyle;
}
