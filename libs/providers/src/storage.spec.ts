import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { StorageDriver } from './driver.js';
import { StorageFailure } from './failure.js';
import { MemoryDriver } from './memory/driver.js';
import { isValidKey, Storage, type StorageOptions } from './storage.js';
import { measureUsage } from './usage.js';

const storageWhere = (overrides: Partial<StorageDriver> = {}, options: Partial<StorageOptions> = {}) =>
  new Storage(Object.assign(new MemoryDriver(), overrides), { prefix: 'org/', ...options });
const hanging = () => new Promise<never>(() => undefined);

/** Gives one chunk and then nothing more, without ending. */
const stalledBody = () => {
  const body = new Readable({ read: () => undefined });
  body.push(Buffer.from('begin'));
  return body;
};

describe('a key', () => {
  it.each(['a', 'a/b.c', 'größe/備份', 'a b', 'x'.repeat(1024)])('may be %s', (key) => {
    expect(isValidKey(key)).toBe(true);
  });

  it.each(['', '/a', 'a/', 'a//b', '.', 'a/../b', './a', 'a\\b', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(1025)])(
    'may not be %j',
    (key) => {
      expect(isValidKey(key)).toBe(false);
    },
  );

  it('that is not allowed reaches no driver', async () => {
    const storage = storageWhere({ put: () => Promise.reject(new Error('reached')) });
    await expect(storage.put('../escape', Buffer.from('x'))).rejects.toMatchObject({ code: 'object.key_invalid' });
  });
});

describe('an upload', () => {
  it('tells the size and hash of what it sent', async () => {
    const body = randomBytes(100_000);
    const stored = await storageWhere().put(
      'a',
      Readable.from([body.subarray(0, 7), body.subarray(7)], { objectMode: false }),
    );
    expect(stored).toEqual({
      size: 100_000,
      sha256: createHash('sha256').update(body).digest('hex'),
      sizeConfirmed: true,
    });
  });

  it('fails when the storage kept another size', async () => {
    const storage = storageWhere({ stat: () => Promise.resolve({ size: 1 }) });
    await expect(storage.put('a', Buffer.from('four'))).rejects.toMatchObject({
      code: 'object.size_mismatch',
      detail: { step: 'size', values: { sent: 4, stored: 1 } },
    });
  });

  it('asks for the size where none came with the answer, and where that was another', async () => {
    for (const told of [undefined, { size: 1 }]) {
      const storage = storageWhere({
        put: () => Promise.resolve(told),
        stat: () => Promise.resolve({ size: 4 }),
      });
      await expect(storage.put('a', Buffer.from('four'))).resolves.toMatchObject({ size: 4, sizeConfirmed: true });
    }
  });

  it('does not ask for a size that came with the answer', async () => {
    const storage = storageWhere({
      put: () => Promise.resolve({ size: 4 }),
      stat: () => Promise.reject(new StorageFailure('permission.read_denied')),
    });
    await expect(storage.put('a', Buffer.from('four'))).resolves.toMatchObject({ sizeConfirmed: true });
  });

  it('fails when the body has another size than was said', async () => {
    await expect(storageWhere().put('a', Buffer.from('four'), { size: 5 })).rejects.toMatchObject({
      code: 'object.size_mismatch',
    });
  });

  it('fails when its source fails, and lets go of the source', async () => {
    const source = stalledBody();
    setTimeout(() => source.destroy(new Error('the dump failed')), 10);
    await expect(storageWhere().put('a', source)).rejects.toMatchObject({ code: 'operation.failed' });
    expect(source.destroyed).toBe(true);
  });

  it('fails when the storage takes nothing more', async () => {
    const storage = storageWhere({ put: hanging }, { stallTimeoutMs: 20 });
    await expect(storage.put('a', Buffer.from('x'))).rejects.toMatchObject({
      code: 'network.no_response',
      detail: { step: 'write' },
    });
  });

  it('waits for a source that is slower than the storage would be allowed to be', async () => {
    const source = stalledBody();
    setTimeout(() => source.push(null), 100);
    const stored = await storageWhere({}, { stallTimeoutMs: 20 }).put('a', source);
    expect(stored.size).toBe(5);
  });
});

describe('a download', () => {
  it('fails when the storage sends nothing more', async () => {
    const storage = storageWhere({ get: () => Promise.resolve(stalledBody()) }, { stallTimeoutMs: 20 });
    await expect(buffer(await storage.get('a'))).rejects.toMatchObject({ code: 'network.no_response' });
  });

  it('waits for a reader that is slower than the storage would be allowed to be', async () => {
    const storage = storageWhere({}, { stallTimeoutMs: 20 });
    await storage.put('a', randomBytes(1_000_000));
    const stream = await storage.get('a');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await buffer(stream)).toHaveLength(1_000_000);
  });

  it('ends with the caller’s signal', async () => {
    const storage = storageWhere({ get: () => Promise.resolve(stalledBody()) });
    const stream = await storage.get('a', { signal: AbortSignal.timeout(20) });
    await expect(buffer(stream)).rejects.toMatchObject({ name: 'StorageFailure' });
  });
});

describe('every other call', () => {
  it.each<[keyof StorageDriver, (storage: Storage) => Promise<unknown>]>([
    ['connect', (storage) => storage.connect()],
    ['checkContainer', (storage) => storage.checkContainer()],
    ['stat', (storage) => storage.stat('a')],
    ['remove', (storage) => storage.remove('a')],
  ])('%s has a deadline', async (call, run) => {
    const storage = storageWhere({ [call]: hanging }, { callTimeoutMs: 20 });
    await expect(run(storage)).rejects.toMatchObject({ code: 'network.no_response' });
  });

  it('a listing has one for each page, and its keys are those given to put', async () => {
    const storage = storageWhere();
    await storage.put('a/b', Buffer.from('12'));
    const pages = [];
    for await (const page of storage.list()) pages.push(...page);
    expect(pages).toEqual([expect.objectContaining({ key: 'a/b', size: 2 })]);

    const stuck = storageWhere(
      { list: () => ({ [Symbol.asyncIterator]: () => ({ next: hanging }) }) },
      { stallTimeoutMs: 20 },
    );
    await expect(measureUsage(stuck)).rejects.toMatchObject({ code: 'network.no_response' });
  });
});
