import { mkdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Folder } from './folder.js';
import { FtpSession } from './ftp/ftp-session.js';
import { close, listen } from './listening.js';

export interface FtpSandboxOptions {
  folder: string;
  port: number;
  /** Where to listen. Default 127.0.0.1. */
  host?: string;
  username: string;
  password: string;
}

export interface FtpSandbox {
  port: number;
  stop(): Promise<void>;
}

/** The FTP server of the sandbox: clear text, which is why it listens on 127.0.0.1 only; one account, one folder. */
export async function startFtpSandbox(options: FtpSandboxOptions): Promise<FtpSandbox> {
  mkdirSync(join(options.folder, 'backups'), { recursive: true, mode: 0o700 });
  const folder = new Folder(options.folder);
  const isRight = (user: string, password: string) => user === options.username && password === options.password;
  const clients = new Set<Socket>();
  const server = createServer((control) => {
    clients.add(control);
    control.on('close', () => clients.delete(control));
    void new FtpSession(control, folder, isRight).serve();
  });
  const port = await listen(server, options.port, options.host);
  return {
    port,
    stop: () => {
      for (const client of clients) client.destroy();
      return close(server);
    },
  };
}
