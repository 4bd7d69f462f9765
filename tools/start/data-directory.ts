import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRoot } from '../servers/requirements.js';
import { StartError } from './start-error.js';

const LOCK = 'start.pid';
const PASSWORDS = 'passwords.json';

/** The one place that a development start writes to. */
export class DataDirectory {
  readonly path: string;

  /**
   * Makes the directory where it is missing and takes it for this process.
   * @throws StartError while another start has it
   */
  constructor(path: string) {
    this.path = resolve(path);
    // Root's database runs as an account of its own, which has to pass through; the files themselves are closed.
    const mode = isRoot() ? 0o711 : 0o700;
    mkdirSync(this.path, { recursive: true, mode });
    chmodSync(this.path, mode);
    this.#lock();
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  folder(...names: string[]): string {
    const path = this.file(...names);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** The content of a file that only its owner may read; made at first use. */
  secretFile(name: string, generate: () => string): string {
    const path = this.file(name);
    // `wx`: neither over a file that came in between, nor through a link.
    if (!existsSync(path)) writeFileSync(path, generate(), { mode: 0o600, flag: 'wx' });
    return readFileSync(path, 'utf8');
  }

  /** A random password that stays the same from start to start. */
  password(of: string): string {
    const passwords = JSON.parse(this.secretFile(PASSWORDS, () => '{}')) as Record<string, string>;
    if (passwords[of] === undefined) {
      passwords[of] = randomBytes(18).toString('base64url');
      writeSecret(this.file(PASSWORDS), JSON.stringify(passwords, null, 2));
    }
    return passwords[of];
  }

  release(): void {
    rmSync(this.file(LOCK), { force: true });
  }

  #lock(): void {
    const path = this.file(LOCK);
    const holder = existsSync(path) ? Number(readFileSync(path, 'utf8')) : null;
    if (holder !== null && isAnotherStart(holder)) {
      throw new StartError(
        `Stowage already runs in ${this.path} (process ${holder}). Stop it with Ctrl-C where it runs, ` +
          'or start another one beside it: DATA_DIR=<another folder> npm start',
      );
    }
    rmSync(path, { force: true });
    writeFileSync(path, String(process.pid), { flag: 'wx' });
  }
}

const writeSecret = (path: string, content: string) => writeFileSync(path, content, { mode: 0o600 });

/** A number may have been given to another process since; where the system tells its command line, that decides. */
function isAnotherStart(pid: number): boolean {
  if (pid === process.pid || !isAlive(pid)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('tools/');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
