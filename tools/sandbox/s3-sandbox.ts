import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { close, listen } from './listening.js';
import { createS3Server } from './s3/s3-server.js';
import type { S3Account } from './s3/signature.js';

export interface S3Sandbox {
  port: number;
  endpoint: string;
  stop(): Promise<void>;
}

/** The S3 server of the sandbox, with the bucket there already. */
export async function startS3Sandbox(options: {
  folder: string;
  port: number;
  /** Where to listen. Default 127.0.0.1. */
  host?: string;
  accounts: S3Account[];
  bucket: string;
}): Promise<S3Sandbox> {
  mkdirSync(join(options.folder, 'buckets', options.bucket), { recursive: true, mode: 0o700 });
  const server = createS3Server(options.folder, options.accounts);
  const port = await listen(server, options.port, options.host);
  return { port, endpoint: `http://127.0.0.1:${port}`, stop: () => close(server) };
}
