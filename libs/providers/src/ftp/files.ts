import { posix } from 'node:path';
import { type FileInfo, FileType, parseList } from 'basic-ftp';
import type { ObjectStat } from '../driver.js';
import { StorageFailure } from '../failure.js';
import { enterDirectory, entriesOf } from './listing.js';
import type { FtpSession } from './session.js';
import { isUnknownCommand, saysMissing } from './symptoms.js';

/**
 * Size of a file; null when there is none. Servers lack one command or the other: SIZE, then MLST (both RFC 3659), then the
 * listing of the directory.
 *
 * @throws FTPError when the server says that it may not tell; StorageFailure
 */
export async function statFile(session: FtpSession, path: string, signal: AbortSignal): Promise<ObjectStat | null> {
  try {
    return { size: Number((await session.request(`SIZE ${path}`)).message.slice(4)) };
  } catch (error) {
    if (saysMissing(error)) return null;
    if (!isUnknownCommand(error)) throw error;
  }
  const entry = await entryOf(session, path, signal);
  return entry?.type === FileType.File ? { size: entry.size } : null;
}

/**
 * Makes the directories of a relative path one by one, below a base directory that must exist.
 *
 * @throws FTPError the server's refusal; StorageFailure `object.path_blocked`
 */
export async function makeDirectories(
  session: FtpSession,
  base: string,
  relative: string,
  signal: AbortSignal,
): Promise<void> {
  let directory = base;
  for (const name of relative.split('/')) {
    directory = posix.join(directory, name);
    await makeDirectory(session, directory, signal);
  }
}

/** "Already exists" has no code of its own: whether it does is asked afterwards. */
async function makeDirectory(session: FtpSession, directory: string, signal: AbortSignal): Promise<void> {
  try {
    await session.request(`MKD ${directory}`);
  } catch (refusal) {
    if (refusal instanceof StorageFailure) throw refusal;
    if (await enterDirectory(session, directory)) return;
    if (await statFile(session, directory, signal)) {
      throw new StorageFailure('object.path_blocked', { values: { path: directory } });
    }
    throw refusal;
  }
}

async function entryOf(session: FtpSession, path: string, signal: AbortSignal): Promise<FileInfo | null> {
  if (session.features.has('MLST')) {
    const facts = (await session.request(`MLST ${path}`)).message.split('\n')[1]?.trimStart().split(' ')[0];
    // After the facts comes the whole path, in which the parser would see a way out of the directory.
    return parseList(`${facts} ${posix.basename(path)}`)[0] ?? null;
  }
  for await (const page of entriesOf(session, posix.dirname(path), signal)) {
    const entry = page.find(({ name }) => name === posix.basename(path));
    if (entry) return entry;
  }
  return null;
}
