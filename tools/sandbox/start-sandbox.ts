import { join } from 'node:path';
import { startFtpSandbox } from './ftp-sandbox.js';
import { startS3Sandbox } from './s3-sandbox.js';
import { startSftpSandbox } from './sftp-sandbox.js';

export interface SandboxOptions {
  folder: string;
  ports: { s3: number; sftp: number; ftp: number };
  /** Where to listen. Default 127.0.0.1. */
  host?: string;
  /** S3 secret key and password of both logins. */
  secret: string;
  hostKey: string;
}

export interface Sandbox {
  host: string;
  bucket: string;
  /** Base directory of SFTP and FTP. */
  directory: string;
  accessKey: string;
  username: string;
  secret: string;
  s3Endpoint: string;
  sftpPort: number;
  ftpPort: number;
  stop(): Promise<void>;
}

const ACCESS_KEY = 'STOWAGESANDBOX000001';
const USERNAME = 'sandbox';
const BUCKET = 'backups';

/** Storages of each kind on this machine, to try everything with no cloud account. */
export async function startSandbox({ folder, ports, host, secret, hostKey }: SandboxOptions): Promise<Sandbox> {
  const accounts = [{ access_key: ACCESS_KEY, secret_key: secret }];
  const login = { username: USERNAME, password: secret };
  const servers: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const s3 = await startS3Sandbox({ folder: join(folder, 's3'), port: ports.s3, host, accounts, bucket: BUCKET });
    servers.push(s3);
    const sftp = await startSftpSandbox({ folder: join(folder, 'sftp'), port: ports.sftp, host, ...login, hostKey });
    servers.push(sftp);
    const ftp = await startFtpSandbox({ folder: join(folder, 'ftp'), port: ports.ftp, host, ...login });
    servers.push(ftp);
    return {
      host: '127.0.0.1',
      bucket: BUCKET,
      directory: '/backups',
      accessKey: ACCESS_KEY,
      username: USERNAME,
      secret,
      s3Endpoint: s3.endpoint,
      sftpPort: sftp.port,
      ftpPort: ftp.port,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
