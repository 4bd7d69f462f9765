import { StorageFailure } from './failure.js';
import type { MeasureOptions } from './usage.js';
import type { Storage } from './storage.js';

/**
 * Removes objects one by one and sees each gone. What is missing already is no error, so that it may be run again.
 * @throws StorageFailure also `object.still_there`: some storages take a moment
 */
export async function removeObjects(
  storage: Pick<Storage, 'remove' | 'stat'>,
  keys: readonly string[],
  { signal, onProgress }: MeasureOptions = {},
): Promise<void> {
  for (const [position, key] of keys.entries()) {
    await storage.remove(key, signal);
    if (await isThere(storage, key, signal)) throw new StorageFailure('object.still_there', { step: 'gone' });
    onProgress?.({ objects: position + 1, bytes: 0 });
  }
}

/** Bytes of all these objects. @throws StorageFailure `object.not_found` when one of them is missing */
export async function sizeOfObjects(
  storage: Pick<Storage, 'stat'>,
  keys: readonly string[],
  { signal, onProgress }: MeasureOptions = {},
): Promise<number> {
  let bytes = 0;
  for (const [position, key] of keys.entries()) {
    bytes += (await storage.stat(key, signal)).size;
    onProgress?.({ objects: position + 1, bytes });
  }
  return bytes;
}

async function isThere(storage: Pick<Storage, 'stat'>, key: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await storage.stat(key, signal);
    return true;
  } catch (error) {
    if (error instanceof StorageFailure && error.code === 'object.not_found') return false;
    throw error;
  }
}
