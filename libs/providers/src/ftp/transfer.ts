import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FtpSession, Transfer } from './session.js';

const BLOCK_SIZE = 64 * 1024;
/** PATH_MAX and the facts before it; what is longer names no file. */
const MAX_LINE_LENGTH = 16 * 1024;

/**
 * Stores the body under the path. Resolves once the server has confirmed it.
 *
 * @param onBegin called when the server has agreed to take the body; from then on there may be a file to remove
 * @throws the server's refusal, or the error of the body
 */
export async function upload(
  session: FtpSession,
  path: string,
  body: Readable | Uint8Array,
  options: { signal: AbortSignal; onBegin: () => void; onProgress?: (bytesSent: number) => void },
): Promise<void> {
  const transfer = await session.transfer(`STOR ${path}`, options.signal);
  options.onBegin();
  const source = new Source(body, options.onProgress);
  try {
    await send(source, transfer);
  } catch (error) {
    transfer.close();
    const reason = await session.whyBroken(transfer, error);
    throw source.failure ?? reason;
  }
  await transfer.outcome;
  transfer.close();
}

/** Ends early when the connection breaks, and when the server says in the middle that it will take no more. */
async function send(source: Source, { data, outcome }: Transfer): Promise<void> {
  const stop = new AbortController();
  const taken = finished(data, { readable: false });
  for (const end of [taken, outcome]) end.catch(() => stop.abort());
  stop.signal.addEventListener('abort', () => source.stop(), { once: true });
  for await (const block of source.blocks()) {
    stop.signal.throwIfAborted();
    if (!data.write(block)) await once(data, 'drain', { signal: stop.signal });
    source.countSent(block);
  }
  stop.signal.throwIfAborted();
  data.end();
  await Promise.race([taken, outcome.then(() => taken)]);
}

/** A body in blocks; remembers when it was the body that failed. */
class Source {
  failure: unknown;
  #stopped = false;
  #sent = 0;
  readonly #body: Readable | Uint8Array;
  readonly #onProgress: (bytesSent: number) => void;

  constructor(body: Readable | Uint8Array, onProgress: (bytesSent: number) => void = () => undefined) {
    this.#body = body;
    this.#onProgress = onProgress;
  }

  async *blocks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#chunks()) {
      for (let start = 0; start < chunk.length; start += BLOCK_SIZE) yield chunk.subarray(start, start + BLOCK_SIZE);
    }
  }

  countSent(block: Uint8Array): void {
    this.#onProgress((this.#sent += block.length));
  }

  /** Also a body that has nothing to give at present. */
  stop(): void {
    this.#stopped = true;
    if (this.#body instanceof Readable) this.#body.destroy();
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    try {
      if (this.#body instanceof Readable) for await (const chunk of this.#body) yield chunk as Uint8Array;
      else yield this.#body;
    } catch (error) {
      if (!this.#stopped) this.failure = error;
      throw error;
    }
  }
}

/**
 * What the server sends, at most `length` bytes of it. Ends only once the server has confirmed that it sent all.
 *
 * @param onFailure turns what went wrong into the error of the stream
 */
export function download(
  session: FtpSession,
  transfer: Transfer,
  { length, onFailure }: { length: number; onFailure: (error: unknown) => Error },
): Readable {
  const { data, outcome, close } = transfer;
  let missing = length;
  const stream = new Readable({
    read: () => void data.resume(),
    destroy: (error, done) => {
      close();
      done(error);
    },
  });
  data.pause();
  data.on('data', (chunk: Buffer) => {
    const wanted = chunk.subarray(0, missing);
    missing -= wanted.length;
    if (wanted.length > 0 && !stream.push(wanted)) data.pause();
    if (missing === 0) close();
  });
  const endOrFail = async () => {
    try {
      await finished(data, { writable: false });
      await outcome;
      stream.push(null);
    } catch (error) {
      if (missing === 0) stream.push(null);
      else stream.destroy(onFailure(await session.whyBroken(transfer, error)));
    }
  };
  void endOrFail();
  return stream;
}

/** Whole lines of what the server sends, without their ends. */
export async function* linesOf(session: FtpSession, transfer: Transfer): AsyncGenerator<string> {
  let rest = '';
  transfer.data.setEncoding('utf8');
  try {
    for await (const chunk of transfer.data) {
      const lines = (rest + String(chunk)).split('\n');
      rest = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
      for (const line of lines) yield line.replace(/\r$/, '');
    }
    if (rest !== '') yield rest;
    await transfer.outcome;
  } catch (error) {
    throw await session.whyBroken(transfer, error);
  } finally {
    transfer.close();
    await session.settle(transfer);
  }
}
