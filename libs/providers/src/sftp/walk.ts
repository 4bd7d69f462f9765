import { posix } from 'node:path';
import type { ListedObject } from '../driver.js';
import { StorageFailure } from '../failure.js';
import type { SftpSession } from './session.js';
import { isMissing, STATUS, statusOf } from './symptoms.js';

/** PATH_MAX of Linux; no real server has directories nested deeper. */
const MAX_KEY_LENGTH = 4096;

/**
 * Every file whose key begins with the prefix, a page of the server at a time: memory grows with the depth of the tree,
 * never with its size. Links are left out, as following them could go round for ever.
 */
export async function* walk(session: SftpSession, base: string, prefix: string): AsyncGenerator<ListedObject[]> {
  const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkDirectory(session, base, directory, prefix.slice(directory.length));
}

async function* walkDirectory(
  session: SftpSession,
  base: string,
  directory: string,
  beginning: string,
): AsyncGenerator<ListedObject[]> {
  if (directory.length > MAX_KEY_LENGTH) {
    throw new StorageFailure('ssh.unrecognised', { evidence: 'The directories are nested without end' });
  }
  for await (const page of pagesOf(session, posix.join(base, directory.slice(0, -1)))) {
    const entries = page.filter(({ filename }) => isName(filename) && filename.startsWith(beginning));
    const files = entries.filter(({ attrs }) => !attrs.isDirectory() && !attrs.isSymbolicLink());
    if (files.length > 0) yield files.map(({ filename, attrs }) => ({ key: directory + filename, size: attrs.size }));
    for (const { filename } of entries.filter(({ attrs }) => attrs.isDirectory())) {
      yield* walkDirectory(session, base, `${directory}${filename}/`, '');
    }
  }
}

/** A directory that is not there, or not any more, has no pages. */
async function* pagesOf(session: SftpSession, path: string) {
  const handle = await session.openDirectory(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (handle === null) return;
  try {
    for (;;) {
      const page = await session.readDirectory(handle).catch((error: unknown) => {
        if (statusOf(error) === STATUS.endOfFile) return null;
        throw error;
      });
      if (page === null) return;
      yield page;
    }
  } finally {
    await session.close(handle).catch(() => undefined);
  }
}

/** A hostile server could name a way out of the directory. */
const isName = (filename: string): boolean => !['', '.', '..'].includes(filename) && !filename.includes('/');
