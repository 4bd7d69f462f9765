import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ContainerState, GetOptions, ListedObject, ObjectStat, PutOptions, StorageDriver } from '../driver.js';
import { StorageFailure } from '../failure.js';

const PAGE_SIZE = 1000;

/** A storage that lives as long as the process: for tests, and as the smallest example of a driver. */
export class MemoryDriver implements StorageDriver {
  readonly capabilities = { multipart: false, range: true, pipelined: true };
  readonly #objects: Map<string, Buffer>;

  /** @param objects what it holds; hand over one map to open the same storage again */
  constructor(objects: Map<string, Buffer> = new Map()) {
    this.#objects = objects;
  }

  connect(signal: AbortSignal): Promise<void> {
    return unlessAborted(signal, () => undefined);
  }

  checkContainer(signal: AbortSignal): Promise<ContainerState> {
    return unlessAborted(signal, () => ({ state: 'exists' }));
  }

  async put(key: string, body: Readable | Uint8Array, { signal, onProgress }: PutOptions): Promise<void> {
    const bytes = body instanceof Readable ? await buffer(body) : Buffer.from(body);
    await unlessAborted(signal, () => this.#objects.set(key, bytes));
    onProgress?.(bytes.length);
  }

  get(key: string, { range, signal }: GetOptions): Promise<Readable> {
    return unlessAborted(signal, () => {
      const bytes = this.#find(key);
      return Readable.from([range ? bytes.subarray(range.first, range.last + 1) : bytes], { objectMode: false });
    });
  }

  stat(key: string, signal: AbortSignal): Promise<ObjectStat> {
    return unlessAborted(signal, () => ({ size: this.#find(key).length }));
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    const objects = [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, bytes]) => ({ key, size: bytes.length }));
    for (let at = 0; at < objects.length; at += PAGE_SIZE) {
      yield await unlessAborted(signal, () => objects.slice(at, at + PAGE_SIZE));
    }
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await unlessAborted(signal, () => this.#objects.delete(key));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #find(key: string): Buffer {
    const object = this.#objects.get(key);
    if (object === undefined) throw new StorageFailure('object.not_found');
    return object;
  }
}

async function unlessAborted<T>(signal: AbortSignal, run: () => T): Promise<T> {
  if (signal.aborted) throw new StorageFailure('network.no_response');
  return run();
}
