import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import { createDialer, type DialerParts } from '../../dialer/create-dialer.js';
import type { Dialer } from '../../dialer/dialer.js';
import { NO_FIELDS } from '../../field-check.js';
import { resolveLocation, type StoredStorage } from '../../resolve-location.js';

export interface S3Server {
  endpoint: string;
  user: Credentials;
}

/** A location of an S3 service on this machine, as `minio` configurations resolve to. */
export function s3Location(endpoint: string, bucket: string, more: Partial<StoredStorage> = {}): StorageLocation {
  return resolveLocation({
    ...NO_FIELDS,
    organization_id: null,
    provider: 'minio',
    endpoint_url: endpoint,
    bucket,
    ...more,
  });
}

export function loopbackDialer(parts: DialerParts = {}): Dialer {
  return createDialer({ allow: [], deny: [], allowLoopback: true }, { provider: 'minio', organizationId: null }, parts);
}

export async function createBucket({ endpoint, user }: S3Server, bucket: string): Promise<void> {
  const client = plainClient({ endpoint, user });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
}

/** A client as it comes, to arrange what a test needs. */
export function plainClient({ endpoint, user }: S3Server): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: user.access_key, secretAccessKey: user.secret_key ?? '' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}
