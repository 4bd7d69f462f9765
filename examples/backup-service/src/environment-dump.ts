import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A program whose output is a part of the backup. `ended` rejects when it fails: half a dump is no backup. */
export interface Dump {
  output: Readable;
  ended: Promise<void>;
}

/** The connection goes by environment variables: an argument list can be read by every user of the machine. */
export function dumpDatabase(url: string): Dump {
  const { hostname, port, username, password, pathname } = new URL(url);
  return run('pg_dump', ['--no-owner'], {
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  });
}

export function archiveFilestore(folder: string): Dump {
  return run('tar', ['--create', '--gzip', '--file=-', `--directory=${folder}`, '.'], {});
}

function run(command: string, args: string[], environment: Record<string, string>): Dump {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = successOf(command, child);
  ended.catch(() => child.stdout.destroy());
  return { output: child.stdout, ended };
}

async function successOf(command: string, child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}`);
}
