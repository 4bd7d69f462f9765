import { posix } from 'node:path';
import { StorageFailure } from '../failure.js';
import type { SftpSession } from './session.js';
import { isMissing } from './symptoms.js';

/**
 * Makes the directories of a relative path one by one, below a base directory that must exist.
 *
 * @throws StorageFailure `container.not_found`, `object.path_blocked`; else the server's status
 */
export async function makeDirectories(session: SftpSession, base: string, relative: string): Promise<void> {
  let directory = base;
  for (const name of relative.split('/')) {
    directory = posix.join(directory, name);
    await makeDirectory(session, directory);
  }
}

async function makeDirectory(session: SftpSession, directory: string): Promise<void> {
  try {
    await session.makeDirectory(directory);
  } catch (refusal) {
    // "Already exists" is a general failure in the SFTP version that everybody speaks.
    const stats = await session.stat(directory).catch(() => null);
    if (stats?.isDirectory()) return;
    if (stats !== null) throw new StorageFailure('object.path_blocked', { values: { path: directory } });
    throw isMissing(refusal) ? await containerMissing(session) : refusal;
  }
}

/** The failure tells where the user comes in, as the base directory is relative to that. */
export async function containerMissing(session: SftpSession): Promise<StorageFailure> {
  const loginDirectory = await session.realPath('.').catch(() => null);
  return new StorageFailure('container.not_found', {
    values: loginDirectory === null ? {} : { login_directory: loginDirectory },
  });
}
