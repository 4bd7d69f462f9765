import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateSshKeyPair } from '@stowage/providers';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { Folder } from './folder.js';
import { listen } from './listening.js';
import { serveSftp } from './sftp/sftp-session.js';

export interface SftpSandboxOptions {
  folder: string;
  port: number;
  /** Where to listen. Default 127.0.0.1. */
  host?: string;
  username: string;
  password: string;
  /** OpenSSH or PEM. */
  hostKey: string;
}

export interface SftpSandbox {
  port: number;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  hostKeySha256: string;
  stop(): Promise<void>;
}

export const generateHostKey = (): string => generateSshKeyPair('sandbox').privateKey;

/** The SFTP server of the sandbox: one account with a password, one folder, nothing but SFTP. */
export async function startSftpSandbox(options: SftpSandboxOptions): Promise<SftpSandbox> {
  mkdirSync(join(options.folder, 'backups'), { recursive: true, mode: 0o700 });
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection) => {
    connections.add(connection);
    // Else every answer waits 40 ms for company. The method is there, the type does not know it.
    (connection as Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => undefined); // a client that goes away is its own affair
    connection.on('authentication', (attempt) => authenticate(attempt, options));
    connection.on('ready', () => {
      connection.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => serveSftp(acceptSftp(), new Folder(options.folder)));
      });
    });
  });
  const port = await listen(server, options.port, options.host);
  return {
    port,
    hostKeySha256: fingerprintOf(options.hostKey),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
}

function authenticate(attempt: AuthContext, { username, password }: SftpSandboxOptions): void {
  const isRight =
    attempt.method === 'password' && equal(attempt.username, username) && equal(attempt.password, password);
  if (isRight) attempt.accept();
  else attempt.reject(['password']);
}

/** In a time that does not depend on where they differ. */
function equal(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

function fingerprintOf(hostKey: string): string {
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
}
