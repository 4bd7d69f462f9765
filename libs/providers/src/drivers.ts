import type { Provider } from '@stowage/contracts';
import type { OpenDriver } from './driver.js';

/** How each provider is opened; its SDK is loaded with its first storage. */
export const DRIVERS: Record<Provider, OpenDriver> = {
  aws_s3: async (options) => (await import('./s3/driver.js')).openS3(options),
  cloudflare_r2: async (options) => (await import('./s3/driver.js')).openS3(options),
  backblaze_b2: async (options) => (await import('./s3/driver.js')).openS3(options),
  minio: async (options) => (await import('./s3/driver.js')).openS3(options),
  sftp: async (options) => (await import('./sftp/driver.js')).openSftp(options),
  ftp: async (options) => (await import('./ftp/driver.js')).openFtp(options),
};
