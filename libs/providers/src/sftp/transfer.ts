import type { ObjectStat } from '../driver.js';
import { StorageFailure } from '../failure.js';
import type { SftpSession } from './session.js';

/**
 * What every server takes in one packet (32 768: draft-ietf-secsh-filexfer-02 section 3), less what ssh2 keeps for itself
 * unless the server is OpenSSH: a longer block goes out in two, the second after the answer to the first. Bytes.
 */
export const BLOCK_SIZE = 31 * 1024;
/** What ssh2 sends at once whatever the server takes. Bytes. */
const ONE_PACKET = 1024;
/** Blocks on their way at once: nearly 2 MiB, which keeps a line of 300 Mbit/s busy over 50 ms. Also the memory of a transfer. */
const WINDOW = 64;

/**
 * Writes the whole body to an open file, many blocks at once, and to the disk where the server offers that; then closes
 * it. ssh2's own streams send one block a round trip, and end without an error on a full disk.
 *
 * @returns what the server then tells of the file; undefined where it does not
 * @throws the server's status of the first block that it refused
 */
export async function writeAll(
  session: SftpSession,
  { path, handle }: { path: string; handle: Buffer },
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress: (bytesSent: number) => void = () => undefined,
): Promise<ObjectStat | undefined> {
  const underway: Promise<void>[] = [];
  let position = 0;
  let acknowledged = 0;
  let isClosed = false;
  try {
    for await (const chunk of body) {
      for (const block of blocksOf(chunk)) {
        if (underway.length === WINDOW) await underway.shift();
        const written = session.write(handle, block, position).then(() => onProgress((acknowledged += block.length)));
        // Seen when its turn comes; until then it must not count as unhandled.
        written.catch(() => undefined);
        underway.push(written);
        position += block.length;
      }
    }
    if (position > ONE_PACKET) await Promise.all(underway);
    // In one round trip: a server does what concerns one file in the order asked (draft-ietf-secsh-filexfer-13 section 4.1).
    underway.push(session.sync(handle), session.close(handle));
    isClosed = true;
    const stored = session.stat(path).catch(() => undefined);
    await Promise.all(underway);
    return await stored;
  } finally {
    if (!isClosed) await session.close(handle).catch(() => undefined);
  }
}

function* blocksOf(chunk: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let start = 0; start < bytes.length; start += BLOCK_SIZE) yield bytes.subarray(start, start + BLOCK_SIZE);
}

/** The bytes `[start, end)` of a file, of which the first block was asked for when its size was not known yet. */
export interface Extent {
  start: number;
  end: number;
  beginning: Promise<Buffer>;
}

/**
 * The bytes of an open file in order, many blocks asked for at once.
 *
 * @throws StorageFailure `object.size_mismatch` when the file ends before
 */
export async function* readAll(
  session: SftpSession,
  handle: Buffer,
  { start, end, beginning }: Extent,
): AsyncGenerator<Buffer> {
  const underway: { length: number; bytes: Promise<Buffer> }[] = [];
  let asked = start;
  let received = start;
  while (received < end) {
    while (underway.length < WINDOW && asked < end) {
      const length = Math.min(BLOCK_SIZE, end - asked);
      const begun = asked === start ? await beginning : undefined;
      const bytes = readWhole(session, handle, { position: asked, length, begun });
      bytes.catch(() => undefined);
      underway.push({ length, bytes });
      asked += length;
    }
    const next = underway.shift();
    const block = await next?.bytes;
    if (block === undefined || block.length !== next?.length) {
      throw new StorageFailure('object.size_mismatch', { values: { sent: end - start, stored: received - start } });
    }
    received += block.length;
    yield block;
  }
}

/** A server may answer with fewer bytes than asked for; only none at all is the end of the file. */
async function readWhole(
  session: SftpSession,
  handle: Buffer,
  { position, length, begun = Buffer.alloc(0) }: { position: number; length: number; begun?: Buffer },
): Promise<Buffer> {
  const pieces = [begun.subarray(0, length)];
  let missing = length - begun.length;
  while (missing > 0) {
    const piece = await session.read(handle, position + length - missing, missing);
    if (piece.length === 0) break;
    pieces.push(piece);
    missing -= piece.length;
  }
  return Buffer.concat(pieces);
}
