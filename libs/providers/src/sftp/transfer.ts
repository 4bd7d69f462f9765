import { StorageFailure } from '../failure.js';
import type { SftpSession } from './session.js';

/** What every server takes in one packet: draft-ietf-secsh-filexfer-02 section 3. Bytes. */
const BLOCK_SIZE = 32_768;
/** Blocks on their way at once: 2 MiB, which keeps a line of 300 Mbit/s busy over 50 ms. Also the memory of a transfer. */
const WINDOW = 64;

/**
 * Writes the whole body to an open file, many blocks at once, and to the disk where the server offers that. ssh2's own
 * streams send one block a round trip, and end without an error on a full disk.
 *
 * @throws the server's status of the first block that it refused
 */
export async function writeAll(
  session: SftpSession,
  handle: Buffer,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onProgress: (bytesSent: number) => void = () => undefined,
): Promise<void> {
  const underway: Promise<void>[] = [];
  let position = 0;
  let acknowledged = 0;
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
  await Promise.all(underway);
  await session.sync(handle);
}

function* blocksOf(chunk: Uint8Array): Generator<Buffer> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let start = 0; start < bytes.length; start += BLOCK_SIZE) yield bytes.subarray(start, start + BLOCK_SIZE);
}

/**
 * The bytes `[start, end)` of an open file in order, many blocks asked for at once.
 *
 * @throws StorageFailure `object.size_mismatch` when the file ends before
 */
export async function* readAll(
  session: SftpSession,
  handle: Buffer,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  const underway: { length: number; bytes: Promise<Buffer> }[] = [];
  let asked = start;
  let received = start;
  while (received < end) {
    while (underway.length < WINDOW && asked < end) {
      const length = Math.min(BLOCK_SIZE, end - asked);
      const bytes = readWhole(session, handle, asked, length);
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
async function readWhole(session: SftpSession, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const piece = await session.read(handle, position + length - missing, missing);
    if (piece.length === 0) break;
    pieces.push(piece);
    missing -= piece.length;
  }
  return pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
}
