import { type FileInfo, parseList } from 'basic-ftp';
import { StorageFailure } from '../failure.js';
import type { FtpSession, Transfer } from './session.js';
import { isUnavailable, isUnknownCommand, saysMissing } from './symptoms.js';
import { linesOf } from './transfer.js';

const PAGE_LINES = 1000;

/**
 * The entries of one directory, a page at a time; none when it is not there. MLSD (RFC 3659) where the server offers it,
 * else LIST, whose form the server chooses: with `-a` first, as some hide names that begin with a dot.
 *
 * @throws FTPError the server's refusal; StorageFailure
 */
export async function* entriesOf(
  session: FtpSession,
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<FileInfo[]> {
  // An argument of LIST may be read as options or as a pattern.
  if (!(await enterDirectory(session, directory))) return;
  await session.speakUtf8();
  const transfer = await startListing(session, signal);
  let lines: string[] = [];
  for await (const line of linesOf(session, transfer)) {
    lines.push(line);
    if (lines.length < PAGE_LINES) continue;
    yield parse(lines);
    lines = [];
  }
  if (lines.length > 0) yield parse(lines);
}

/** False when it is not there. @throws FTPError when the server says that it may not be entered; StorageFailure */
export async function enterDirectory(session: FtpSession, directory: string): Promise<boolean> {
  try {
    await session.request(`CWD ${directory}`);
    return true;
  } catch (error) {
    if (saysMissing(error)) return false;
    throw error;
  }
}

async function startListing(session: FtpSession, signal: AbortSignal): Promise<Transfer> {
  const commands = session.features.has('MLST') ? ['MLSD', 'LIST -a', 'LIST'] : ['LIST -a', 'LIST'];
  let refusal: unknown;
  for (const command of commands) {
    try {
      return await session.transfer(command, signal);
    } catch (error) {
      if (!isUnknownCommand(error) && !isUnavailable(error)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** A hostile server could name a way out of the directory. */
const isName = ({ name }: FileInfo): boolean => !['', '.', '..'].includes(name) && !/[/\\]/.test(name);

/** @throws StorageFailure `ftp.command_unsupported` */
function parse(lines: string[]): FileInfo[] {
  try {
    return parseList(lines.join('\n')).filter(isName);
  } catch (error) {
    throw new StorageFailure('ftp.command_unsupported', { values: { command: 'MLSD' }, cause: error });
  }
}
