import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The message says what is wrong with the file and how to mend it. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/**
 * Reads a file that only this process may know: a regular file, no symbolic link, owned by the process's user and closed
 * to everyone else. Checked on the open file, so that it cannot be exchanged in between.
 * @throws SecretFileError
 */
export function readSecretFile(path: string): string {
  const file = open(path);
  try {
    checkFile(file, path);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP') throw new SecretFileError(`${path} is a symbolic link; name the file itself`);
    throw new SecretFileError(`${path} cannot be opened (${code})`);
  }
}

function checkFile(file: number, path: string): void {
  const stat = fstatSync(file);
  if (!stat.isFile()) throw new SecretFileError(`${path} is not a regular file`);
  const user = process.geteuid?.();
  if (user !== undefined && stat.uid !== user) {
    throw new SecretFileError(`${path} belongs to user ${stat.uid}, this process runs as ${user}; chown it`);
  }
  if ((stat.mode & 0o077) !== 0) throw new SecretFileError(`${path} is open to other users; chmod 600 it`);
}
