import { posix } from 'node:path';
import type { ListedObject } from '../driver.js';
import { StorageFailure } from '../failure.js';
import { entriesOf } from './listing.js';
import type { FtpSession } from './session.js';

/** PATH_MAX of Linux; no real server has directories nested deeper. */
const MAX_KEY_LENGTH = 4096;

/**
 * Every file whose key begins with the prefix, a page at a time: memory grows with the number of directories beside the
 * path to the present one, never with that of the files. Links are left out, as following them could go round for ever.
 */
export async function* walk(
  session: FtpSession,
  base: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedObject[]> {
  const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkDirectory({ session, base, signal }, directory, prefix.slice(directory.length));
}

async function* walkDirectory(
  tree: { session: FtpSession; base: string; signal: AbortSignal },
  directory: string,
  beginning: string,
): AsyncGenerator<ListedObject[]> {
  if (directory.length > MAX_KEY_LENGTH) {
    throw new StorageFailure('ftp.unrecognised', { evidence: 'The directories are nested without end' });
  }
  // A listing cannot be interrupted for another one on the same connection.
  const directories: string[] = [];
  for await (const page of entriesOf(tree.session, posix.join(tree.base, directory), tree.signal)) {
    const entries = page.filter(({ name }) => name.startsWith(beginning));
    directories.push(...entries.filter((entry) => entry.isDirectory).map(({ name }) => name));
    const files = entries.filter((entry) => entry.isFile);
    if (files.length > 0) yield files.map((file) => ({ key: directory + file.name, size: file.size }));
  }
  for (const name of directories) yield* walkDirectory(tree, `${directory}${name}/`, '');
}
