import { pipeline, Readable, Transform } from 'node:stream';
import { abortFailure, deadlineAfter, untilAborted } from './deadline.js';
import { networkFailure } from './dialer/network-symptoms.js';
import type { ContainerState, DriverCapabilities, ListedObject, ObjectStat, StorageDriver } from './driver.js';
import { StorageFailure } from './failure.js';
import { MeteredBody } from './metered-body.js';
import { StallWatch } from './stall-watch.js';
import type { StepObserver } from './step-observer.js';

/** Longest key that every provider takes: S3 allows 1 024 bytes in all. */
const MAX_KEY_BYTES = 1024;
const CALL_TIMEOUT_MS = 30_000;
// A part of a large upload counts as one move: 32 MiB in five minutes is less than 1 Mbit/s.
const STALL_TIMEOUT_MS = 300_000;

export interface StorageOptions {
  /** Joined before every key: `a/b/` or empty. */
  prefix: string;
  /** Longest that one request without a body may take. Milliseconds. */
  callTimeoutMs?: number;
  /** Longest that a body may stand still. Milliseconds. */
  stallTimeoutMs?: number;
}

export interface StoredObject {
  size: number;
  /** Of the bytes handed over, in hexadecimal. */
  sha256: string;
  /** False where the storage refuses to tell the size of what it holds. */
  sizeConfirmed: boolean;
}

export interface PutCallOptions {
  /** Bytes of the body where they are known beforehand; a body of another size is refused. */
  size?: number;
  /** S3: size of the parts of a large upload, in place of the location's. Bytes. */
  partSize?: number;
  signal?: AbortSignal;
  onProgress?: (bytesSent: number) => void;
  /** Told of the steps `write` and `size`. */
  observer?: StepObserver;
}

/**
 * A storage of whatever kind, as backups use it and as the test tries it. Adds to a driver what all of them need: key
 * rules, the path prefix, a deadline for every call, a size check after every write, a hash, one kind of error.
 *
 * Keys are relative to the path prefix. Every failure is a `StorageFailure` with a code of the catalogue.
 */
export class Storage {
  readonly #driver: StorageDriver;
  readonly #prefix: string;
  readonly #callTimeoutMs: number;
  readonly #stallTimeoutMs: number;

  constructor(driver: StorageDriver, options: StorageOptions) {
    this.#driver = driver;
    this.#prefix = options.prefix;
    this.#callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? STALL_TIMEOUT_MS;
  }

  get capabilities(): DriverCapabilities {
    return this.#driver.capabilities;
  }

  /** Reaches the storage and proves the credentials. Called once, before anything else. */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#call(signal, (deadline) => this.#driver.connect(deadline));
  }

  async checkContainer(signal?: AbortSignal): Promise<ContainerState> {
    return this.#call(signal, (deadline) => this.#driver.checkContainer(deadline));
  }

  /** Stores the whole body, replacing what was there, and compares the size that the storage then tells. */
  async put(key: string, body: Readable | Uint8Array, options: PutCallOptions = {}): Promise<StoredObject> {
    const path = this.#path(key);
    const metered = new MeteredBody(body);
    const watch = new StallWatch(this.#stallTimeoutMs, options.signal, () => metered.isWaitingForStorage);
    let told: ObjectStat | void;
    try {
      told = await untilAborted(
        this.#driver.put(path, metered.body, {
          size: options.size,
          partSize: options.partSize,
          signal: watch.signal,
          onProgress: (bytesSent) => {
            watch.moved();
            options.onProgress?.(bytesSent);
          },
        }),
        watch.signal,
      );
    } catch (error) {
      throw asFailure(error, 'write');
    } finally {
      watch.stop();
      if (metered.body instanceof Readable) metered.body.destroy();
    }
    const { size } = metered;
    if (options.size !== undefined && options.size !== size) throw sizeMismatch(options.size, size);
    options.observer?.step('write', 'ok');
    // A server that answers out of order may have told of it too early: then it is asked.
    const isAsSent = told?.size === size;
    if (isAsSent) options.observer?.step('size', 'ok');
    const sizeConfirmed = isAsSent || (await this.#confirmSize(key, size, options));
    return { size, sha256: metered.sha256(), sizeConfirmed };
  }

  /** The whole object or a range of it. The stream fails when the storage stalls, and when bytes are missing at its end. */
  async get(
    key: string,
    options: { range?: { first: number; last: number }; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const out = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        watch.moved();
        done(null, chunk);
      },
    });
    const watch = new StallWatch(this.#stallTimeoutMs, options.signal, () => out.readableLength === 0);
    try {
      const source = await untilAborted(
        this.#driver.get(this.#path(key), { range: options.range, signal: watch.signal }),
        watch.signal,
      );
      return guarded(source, watch, out);
    } catch (error) {
      watch.stop();
      throw asFailure(error, 'read');
    }
  }

  /** @throws StorageFailure `object.not_found` */
  async stat(key: string, signal?: AbortSignal): Promise<ObjectStat> {
    return this.#call(signal, (deadline) => this.#driver.stat(this.#path(key), deadline));
  }

  /** Pages of everything under the path prefix, in the order of the storage; keys as given to `put`. */
  async *list(options: { prefix?: string; signal?: AbortSignal } = {}): AsyncGenerator<ListedObject[]> {
    const watch = new StallWatch(this.#stallTimeoutMs, options.signal);
    const pages = this.#driver.list(this.#prefix + (options.prefix ?? ''), watch.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await untilAborted(pages.next(), watch.signal);
        if (page.done) return;
        watch.stop();
        yield page.value.map((object) => ({ ...object, key: object.key.slice(this.#prefix.length) }));
        watch.moved();
      }
    } catch (error) {
      throw asFailure(error);
    } finally {
      watch.stop();
      void pages.return?.().catch(() => undefined);
    }
  }

  /** Removing what is not there is not an error. */
  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.#call(signal, (deadline) => this.#driver.remove(this.#path(key), deadline));
  }

  /** Bytes that may still be written, of the disk or of a quota; null where the storage does not tell. */
  async freeSpace(signal?: AbortSignal): Promise<number | null> {
    return this.#call(signal, async (deadline) => (await this.#driver.freeSpace?.(deadline)) ?? null);
  }

  /** Idempotent; never throws. */
  async close(): Promise<void> {
    await this.#driver.close();
  }

  async #confirmSize(key: string, sent: number, { signal, observer }: PutCallOptions): Promise<boolean> {
    try {
      const { size } = await this.stat(key, signal);
      if (size !== sent) throw sizeMismatch(sent, size);
      observer?.step('size', 'ok');
      return true;
    } catch (error) {
      const failure = asFailure(error, 'size');
      if (!failure.code.startsWith('permission.')) throw failure;
      observer?.step('size', 'skipped', { message: 'the storage does not tell the size of an object' });
      return false;
    }
  }

  async #call<T>(signal: AbortSignal | undefined, run: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = deadlineAfter(this.#callTimeoutMs, signal);
    try {
      return await untilAborted(run(deadline.signal), deadline.signal);
    } catch (error) {
      throw asFailure(error);
    } finally {
      deadline.clear();
    }
  }

  #path(key: string): string {
    const path = this.#prefix + key;
    if (!isValidKey(path)) throw new StorageFailure('object.key_invalid');
    return path;
  }
}

/** What every provider takes and none reads as something else: no empty, `.` or `..` segment, no control character. */
export function isValidKey(path: string): boolean {
  return (
    Buffer.byteLength(path) <= MAX_KEY_BYTES &&
    !/[\p{Cc}\p{Cs}\\]/u.test(path) &&
    path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  );
}

/** The source, failing as a `StorageFailure` when it breaks off or stalls although the reader waits. */
function guarded(source: Readable, watch: StallWatch, out: Transform): Readable {
  const abort = () => source.destroy(abortFailure(watch.signal, 'network.no_response'));
  watch.signal.addEventListener('abort', abort, { once: true });
  if (watch.signal.aborted) abort();
  source.once('error', (error) => out.destroy(asFailure(error, 'read')));
  out.once('close', () => {
    watch.stop();
    watch.signal.removeEventListener('abort', abort);
  });
  pipeline(source, out, () => undefined);
  return out;
}

function asFailure(error: unknown, step?: 'write' | 'size' | 'read'): StorageFailure {
  const failure =
    error instanceof StorageFailure
      ? error
      : (networkFailure(error, { cause: error }) ?? new StorageFailure('operation.failed', { cause: error }));
  return step === undefined || failure.detail.step !== undefined
    ? failure
    : new StorageFailure(failure.code, { ...failure.detail, step });
}

function sizeMismatch(sent: number, stored: number): StorageFailure {
  return new StorageFailure('object.size_mismatch', { step: 'size', values: { sent, stored } });
}
