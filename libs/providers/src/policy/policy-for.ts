import type { Provider } from '@stowage/contracts';
import { awsS3Policy } from './aws-s3.js';
import { backblazeB2Policy } from './backblaze-b2.js';
import { checkTarget, type PolicyInput } from './check-target.js';
import { cloudflareR2Policy } from './cloudflare-r2.js';
import { ftpPolicy } from './ftp.js';
import { minioPolicy } from './minio.js';
import { sftpPolicy } from './sftp.js';
import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

const POLICIES: Record<Provider, (target: PolicyTarget) => StoragePolicy> = {
  aws_s3: awsS3Policy,
  cloudflare_r2: cloudflareR2Policy,
  backblaze_b2: backblazeB2Policy,
  minio: minioPolicy,
  sftp: sftpPolicy,
  ftp: ftpPolicy,
};

export interface PolicyOptions {
  /** The addresses from which this platform comes, where they are known: what can be limited to them, is. */
  egressIps?: readonly string[];
}

/**
 * The least that a key of this provider needs for backups in this bucket and under this prefix.
 *
 * @throws StowageError `request.validation` with all problems at once, or `endpoint.not_vendor`
 */
export function policyFor(
  provider: Provider,
  input: PolicyInput,
  { egressIps = [] }: PolicyOptions = {},
): StoragePolicy {
  return POLICIES[provider](checkTarget(provider, input, egressIps));
}
