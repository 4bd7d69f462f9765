import type { SftpSession } from './session.js';
import { BLOCK_SIZE, readAll, writeAll } from './transfer.js';

const HANDLE = Buffer.from('h');
const FILE = { path: '/backups/file', handle: HANDLE };
const BLOCK = BLOCK_SIZE;

/** A file in memory behind the calls that a transfer makes; answers come late and in any order. */
class SlowFile {
  bytes: Buffer;
  underway = 0;
  mostUnderway = 0;
  synced = false;
  closings = 0;

  constructor(
    size: number,
    /** Longest answer to a read. Bytes. */
    private readonly longestAnswer = BLOCK,
  ) {
    this.bytes = Buffer.alloc(size);
  }

  get session(): SftpSession {
    return this as unknown as SftpSession;
  }

  async write(_handle: Buffer, block: Buffer, position: number): Promise<void> {
    await this.#answerLate(position);
    block.copy(this.bytes, position);
  }

  async read(_handle: Buffer, position: number, length: number): Promise<Buffer> {
    await this.#answerLate(position);
    return this.bytes.subarray(position, position + Math.min(length, this.longestAnswer));
  }

  async sync(): Promise<void> {
    this.synced = true;
  }

  async close(): Promise<void> {
    this.closings++;
  }

  async stat(path: string): Promise<{ size: number }> {
    return { size: path === FILE.path && this.closings === 1 ? this.bytes.length : 0 };
  }

  async #answerLate(position: number): Promise<void> {
    this.mostUnderway = Math.max(this.mostUnderway, ++this.underway);
    for (let turn = 0; turn < (position / BLOCK) % 5; turn++) await Promise.resolve();
    this.underway--;
  }
}

const pattern = (size: number) =>
  Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_unused, index) => index)));

describe('writeAll', () => {
  it('writes every byte where it belongs, whatever the sizes of the chunks', async () => {
    const body = pattern(5 * BLOCK + 17);
    const file = new SlowFile(body.length);
    const chunks = [body.subarray(0, 3), body.subarray(3, 4 * BLOCK), body.subarray(4 * BLOCK)];
    await expect(writeAll(file.session, FILE, chunks)).resolves.toEqual({ size: body.length });
    expect(file.bytes.equals(body)).toBe(true);
    expect(file).toMatchObject({ synced: true, closings: 1 });
  });

  it('keeps many blocks on their way, but never more than 2 MiB', async () => {
    const file = new SlowFile(200 * BLOCK);
    await writeAll(file.session, FILE, [Buffer.alloc(200 * BLOCK)]);
    expect(file.mostUnderway).toBeGreaterThan(1);
    expect(file.mostUnderway * BLOCK).toBeLessThanOrEqual(2 * 1024 * 1024);
  });

  it('tells the bytes that the server has confirmed', async () => {
    const reports: number[] = [];
    const file = new SlowFile(3 * BLOCK);
    await writeAll(file.session, FILE, [Buffer.alloc(3 * BLOCK)], (sent) => reports.push(sent));
    expect(reports).toEqual([BLOCK, 2 * BLOCK, 3 * BLOCK]);
  });

  it.each([10, 100])('fails with the refusal of any block of %d, and closes the file once', async (blocks) => {
    const file = new SlowFile(blocks * BLOCK);
    const refusal = new Error('no room');
    file.write = async (_handle, _block, position) => {
      if (position === 2 * BLOCK) throw refusal;
    };
    await expect(writeAll(file.session, FILE, [Buffer.alloc(blocks * BLOCK)])).rejects.toBe(refusal);
    expect(file.closings).toBe(1);
  });
});

describe('readAll', () => {
  const read = async (file: SlowFile, start: number, end: number): Promise<Buffer> => {
    const blocks: Buffer[] = [];
    const beginning = file.read(HANDLE, start, BLOCK);
    for await (const block of readAll(file.session, HANDLE, { start, end, beginning })) blocks.push(block);
    return Buffer.concat(blocks);
  };
  const holding = (bytes: Buffer, longestAnswer?: number) => Object.assign(new SlowFile(0, longestAnswer), { bytes });

  it('gives the bytes in order although the answers come in any', async () => {
    const body = pattern(100 * BLOCK + 5);
    expect((await read(holding(body), 0, body.length)).equals(body)).toBe(true);
  });

  it('gives exactly the extent that is asked for', async () => {
    const body = pattern(3 * BLOCK);
    expect((await read(holding(body), 10, BLOCK + 11)).equals(body.subarray(10, BLOCK + 11))).toBe(true);
    expect(await read(holding(body), 10, 10)).toHaveLength(0);
  });

  it('asks again for what a server with short answers left out', async () => {
    const body = pattern(2 * BLOCK);
    expect((await read(holding(body, 1000), 0, body.length)).equals(body)).toBe(true);
  });

  it('fails when the file ends before its time', async () => {
    await expect(read(holding(pattern(BLOCK + 1)), 0, 3 * BLOCK)).rejects.toMatchObject({
      code: 'object.size_mismatch',
    });
  });
});
