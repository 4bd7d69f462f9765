import { posix } from 'node:path';
import { type FileInfo, FileType, parseList } from 'basic-ftp';
import type { ObjectStat } from '../driver.js';
import { StorageFailure } from '../failure.js';
import { enterDirectory, entriesOf } from './listing.js';
import type { FtpSession } from './session.js';
import { isUnknownCommand, saysMissing } from './symptoms.js';

/**
 * Size and time of a file; null when there is none. Servers lack one command or the other: SIZE and MDTM, then MLST (all
 * RFC 3659), then the listing of the directory.
 *
 * @throws FTPError when the server says that it may not tell; StorageFailure
 */
export async function statFile(session: FtpSession, path: string, signal: AbortSignal): Promise<ObjectStat | null> {
  try {
    const size = Number((await session.request(`SIZE ${path}`)).message.slice(4));
    return { size, modified_at: await modifiedAt(session, path) };
  } catch (error) {
    if (saysMissing(error)) return null;
    if (!isUnknownCommand(error)) throw error;
  }
  const entry = await entryOf(session, path, signal);
  return entry?.type === FileType.File ? statOf(entry) : null;
}

export function statOf({ size, modifiedAt }: FileInfo): ObjectStat {
  return { size, modified_at: modifiedAt ?? null };
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

/** Nice to know, and no reason to fail. */
async function modifiedAt(session: FtpSession, path: string): Promise<Date | null> {
  if (!session.features.has('MDTM')) return null;
  const reply = await session.request(`MDTM ${path}`).catch((error: unknown) => {
    if (error instanceof StorageFailure) throw error;
    return null;
  });
  const [, year, month, day, hour, minute, second] =
    /(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(reply?.message.slice(4) ?? '')?.map(Number) ?? [];
  if (year === undefined || month === undefined) return null;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
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
