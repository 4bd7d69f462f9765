import type { Addressing, ChecksumMode, Jurisdiction, Provider } from '@stowage/contracts';
import { partitionOf } from './aws-partition.js';

export type S3Provider = Extract<Provider, 'aws_s3' | 'cloudflare_r2' | 'backblaze_b2' | 'minio'>;

/** What of a configuration decides where a vendor's endpoint is. */
export interface VendorInput {
  region: string | null;
  endpoint_url: string | null;
  account_id: string | null;
  jurisdiction: Jurisdiction | null;
}

/** One S3 vendor, as data: a new one is a row here and one in fields.ts. */
export interface Vendor {
  endpoint: (input: VendorInput) => string;
  region: (input: VendorInput) => string;
  addressing: Addressing;
  checksumMode: ChecksumMode;
  partSizeBytes: number;
}

/** 10 000 parts of it are 320 GB; larger objects of known size get larger parts. Two are held in memory at once. */
const PART_SIZE_BYTES = 32 * 1024 * 1024;

export const VENDORS: Record<S3Provider, Vendor> = {
  aws_s3: {
    endpoint: ({ region }) => `https://s3.${region}.${partitionOf(region).domain}`,
    region: ({ region }) => region ?? 'us-east-1',
    addressing: 'virtual',
    checksumMode: 'crc32',
    partSizeBytes: PART_SIZE_BYTES,
  },
  cloudflare_r2: {
    endpoint: ({ account_id, jurisdiction }) =>
      `https://${account_id}${jurisdiction === null || jurisdiction === 'default' ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`,
    region: () => 'auto',
    addressing: 'path',
    checksumMode: 'required',
    partSizeBytes: PART_SIZE_BYTES,
  },
  // Content-MD5 is understood since the first days of S3, and buckets with Object Lock refuse uploads without a checksum.
  // The SDK's own CRC32 is refused, or even stored as data, by some servers of this kind.
  backblaze_b2: {
    endpoint: ({ endpoint_url, region }) => endpoint_url ?? `https://s3.${region}.backblazeb2.com`,
    region: ({ region }) => region ?? 'us-west-004',
    addressing: 'path',
    checksumMode: 'md5',
    partSizeBytes: PART_SIZE_BYTES,
  },
  minio: {
    endpoint: ({ endpoint_url }) => endpoint_url ?? '',
    region: ({ region }) => region ?? 'us-east-1',
    addressing: 'path',
    checksumMode: 'md5',
    partSizeBytes: PART_SIZE_BYTES,
  },
};

export function isS3Provider(provider: Provider): provider is S3Provider {
  return Object.hasOwn(VENDORS, provider);
}
