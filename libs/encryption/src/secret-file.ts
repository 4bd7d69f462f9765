import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

const OPEN_TO_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
const UNLESS_MOUNTED = 'a secret that Kubernetes mounts: SECRET_FILES_ARE_MOUNTED=true';

/** The message says what is wrong with the file and how to mend it. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

export interface SecretFileOptions {
  /**
   * The file is a secret that an orchestrator mounts: a link to a file of root that others may read, as Kubernetes makes
   * them. https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions
   */
  mounted?: boolean;
}

/**
 * Reads a file that only this process may know: a regular file, no symbolic link, owned by the process's user and closed
 * to everyone else. Checked on the open file, so that it cannot be exchanged in between.
 * @throws SecretFileError
 */
export function readSecretFile(path: string, { mounted = false }: SecretFileOptions = {}): string {
  const file = open(path, mounted);
  try {
    checkFile(file, path, mounted);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function open(path: string, mounted: boolean): number {
  try {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    const links = mounted ? 0 : constants.O_NOFOLLOW;
    return openSync(path, constants.O_RDONLY | links | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP')
      throw new SecretFileError(`${path} is a symbolic link; name the file itself (${UNLESS_MOUNTED})`);
    throw new SecretFileError(`${path} cannot be opened (${code})`);
  }
}

function checkFile(file: number, path: string, mounted: boolean): void {
  const stat = fstatSync(file);
  if (!stat.isFile()) throw new SecretFileError(`${path} is not a regular file`);
  const user = process.geteuid?.();
  if (user !== undefined && stat.uid !== user && !(mounted && stat.uid === 0)) {
    throw new SecretFileError(`${path} belongs to user ${stat.uid}, this process runs as ${user}; chown it`);
  }
  const forbidden = mounted ? WRITABLE_BY_OTHERS : OPEN_TO_OTHERS;
  if ((stat.mode & forbidden) === 0) return;
  throw new SecretFileError(
    mounted
      ? `${path} can be written by other users; mount it read-only`
      : `${path} is open to other users; chmod 600 it (${UNLESS_MOUNTED})`,
  );
}
