import type { Storage } from './storage.js';

export interface Usage {
  size_bytes: number;
  object_count: number;
  method: 'listing';
}

export interface MeasureOptions {
  signal?: AbortSignal;
  /** After each page. */
  onProgress?: (soFar: { objects: number; bytes: number }) => void;
}

/** Counts what lies under the path prefix, page by page, in constant memory. @throws StorageFailure */
export async function measureUsage(storage: Pick<Storage, 'list'>, options: MeasureOptions = {}): Promise<Usage> {
  let objects = 0;
  let bytes = 0;
  for await (const page of storage.list({ signal: options.signal })) {
    objects += page.length;
    bytes += page.reduce((sum, { size }) => sum + size, 0);
    options.onProgress?.({ objects, bytes });
  }
  return { size_bytes: bytes, object_count: objects, method: 'listing' };
}
