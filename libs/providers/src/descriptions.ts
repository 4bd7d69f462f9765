import type { Provider } from '@stowage/contracts';
import type { ProviderDescription } from './fields.js';
import { FTP } from './ftp/fields.js';
import { AWS_S3, BACKBLAZE_B2, CLOUDFLARE_R2, MINIO } from './s3/fields.js';
import { SFTP } from './sftp/fields.js';

/** Every provider, in the order in which the product shows them. How each is opened stands in drivers.ts. */
export const DESCRIPTIONS: Record<Provider, ProviderDescription> = {
  aws_s3: AWS_S3,
  cloudflare_r2: CLOUDFLARE_R2,
  backblaze_b2: BACKBLAZE_B2,
  minio: MINIO,
  sftp: SFTP,
  ftp: FTP,
};
