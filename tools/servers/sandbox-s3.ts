import { randomBytes } from 'node:crypto';
import { startS3Sandbox } from '../sandbox/s3-sandbox.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import type { S3User } from './radosgw.js';

export interface SandboxS3 {
  host: string;
  port: number;
  /** `http://127.0.0.1:<port>`; path-style addressing. */
  endpoint: string;
  /** There from the start; more can be made. */
  bucket: string;
  /** Every write of `readonly` is AccessDenied. */
  users: { full: S3User; readonly: S3User };
  stop(): Promise<void>;
}

/** The sandbox's S3 server, in this process. Ready at once, needs nothing but Node. */
export async function startSandboxS3(): Promise<SandboxS3> {
  const folder = makePrivateDirectory('sandbox-s3');
  const users = { full: user('FULL'), readonly: user('READ') };
  const bucket = 'sandbox';
  const accounts = [users.full, { ...users.readonly, readonly: true }];
  const server = await startS3Sandbox({ folder, port: 0, accounts, bucket });
  return {
    host: '127.0.0.1',
    port: server.port,
    endpoint: server.endpoint,
    bucket,
    users,
    stop: async () => {
      await server.stop();
      removePrivateDirectory(folder);
    },
  };
}

const user = (name: string): S3User => ({
  access_key: `${name}${randomBytes(8).toString('hex').toUpperCase()}`,
  secret_key: randomBytes(20).toString('hex'),
});
