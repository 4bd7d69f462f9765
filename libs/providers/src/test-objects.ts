import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { deadlineAfter, untilAborted } from './deadline.js';
import { StorageFailure } from './failure.js';
import type { PutCallOptions, Storage, StoredObject } from './storage.js';

/** Longest that cleaning up may take. */
const CLEANUP_MS = 2000;

/** Under a name of its own: some vendors limit how often one name is written, and nothing of a backup is ever touched. */
export function testKey(): string {
  const timestamp = new Date().toISOString().toLowerCase().replaceAll(/[-:]/g, '').replace('z', 'Z');
  return `test-connection-${timestamp}-${randomBytes(4).toString('hex')}.txt`;
}

/** What a test has written and not yet deleted. */
export class TestObjects {
  readonly #keys = new Set<string>();

  async put(storage: Storage, key: string, body: Readable | Buffer, options: PutCallOptions): Promise<StoredObject> {
    this.#keys.add(key);
    try {
      return await storage.put(key, body, options);
    } catch (error) {
      if (meansRefusal(error)) this.#keys.delete(key);
      throw error;
    }
  }

  async removeAll(storage: Storage, signal: AbortSignal): Promise<void> {
    for (const key of this.#keys) {
      await storage.remove(key, signal);
      this.#keys.delete(key);
    }
  }

  /**
   * Leaves none behind that may be deleted. A connection that was cut off is opened once more for this; a refusal is taken
   * as said. Never throws.
   *
   * @returns the keys of those that stay
   */
  async cleanUp(storage: Storage | null, openAgain: () => Promise<Storage>): Promise<string[]> {
    const limit = AbortSignal.timeout(CLEANUP_MS);
    if (storage === null) return [];
    if (this.#keys.size > 0) await this.#removeLeftovers(storage, openAgain, limit);
    await untilAborted(storage.close(), limit).catch(() => undefined);
    return [...this.#keys];
  }

  async #removeLeftovers(storage: Storage, openAgain: () => Promise<Storage>, limit: AbortSignal): Promise<void> {
    const half = deadlineAfter(CLEANUP_MS / 2, limit);
    try {
      await this.removeAll(storage, half.signal);
    } catch (error) {
      if (meansRefusal(error)) return;
      await this.#removeAfresh(openAgain, limit).catch(() => undefined);
    } finally {
      half.clear();
    }
  }

  async #removeAfresh(openAgain: () => Promise<Storage>, limit: AbortSignal): Promise<void> {
    const storage = await untilAborted(openAgain(), limit);
    try {
      await storage.connect(limit);
      await this.removeAll(storage, limit);
    } finally {
      await storage.close();
    }
  }
}

/** The server understood and said no, so that nothing was stored, and asking again is of no use. */
function meansRefusal(error: unknown): boolean {
  const code = error instanceof StorageFailure ? error.code : 'operation.failed';
  return /^(permission|container|credentials|object\.locked)/.test(code);
}
