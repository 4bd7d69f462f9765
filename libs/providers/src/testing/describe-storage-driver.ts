import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ListedObject, StorageDriver } from '../driver.js';
import { Storage } from '../storage.js';

export interface StorageDriverHarness {
  /** A driver that is not connected yet, on a storage that the suite may write to. */
  open(): Promise<StorageDriver>;
  /** A driver whose bucket or base directory does not exist; left out where there is no such thing. */
  openMissingContainer?(): Promise<StorageDriver>;
  /** Body that takes several parts where the driver has multipart. Default 6 MiB. */
  largeBodyBytes?: number;
}

const never = () => new AbortController().signal;
const LONG = 60_000;

/**
 * What every storage driver keeps to. Call it from a test file of the provider, on at least two real servers per protocol.
 * Everything it writes goes under a folder of its own and is removed again.
 */
export function describeStorageDriver(name: string, harness: StorageDriverHarness): void {
  describe(`${name} keeps to the contract of a storage driver`, () => {
    const folder = `conformance-${randomBytes(6).toString('hex')}/`;
    let driver: StorageDriver;
    let storage: Storage;

    beforeAll(async () => {
      driver = await harness.open();
      storage = new Storage(driver, { prefix: folder });
      await storage.connect();
    }, LONG);

    afterAll(async () => {
      for (const { key } of await listAll(storage)) await storage.remove(key);
      await storage.close();
    }, LONG);

    it('says that the container exists', async () => {
      await expect(driver.checkContainer(never())).resolves.toEqual({ state: 'exists' });
    });

    it('gives back the bytes that were put', async () => {
      const body = randomBytes(64);
      await storage.put('small', body);
      expect((await buffer(await storage.get('small'))).equals(body)).toBe(true);
    });

    it('takes an empty object', async () => {
      await storage.put('empty', Buffer.alloc(0));
      await expect(storage.stat('empty')).resolves.toMatchObject({ size: 0 });
      expect(await buffer(await storage.get('empty'))).toHaveLength(0);
    });

    it('replaces what was there, also by something shorter', async () => {
      await storage.put('replaced', Buffer.from('a longer body'));
      await storage.put('replaced', Buffer.from('short'));
      expect((await buffer(await storage.get('replaced'))).toString()).toBe('short');
    });

    it('takes keys in folders that do not exist yet, with blanks and letters of other scripts', async () => {
      const key = 'a/b c/größe-備份+1.txt';
      await storage.put(key, Buffer.from('x'));
      await expect(storage.stat(key)).resolves.toMatchObject({ size: 1 });
      expect(await keysOf(storage)).toContain(key);
    });

    it(
      'takes a large stream of unknown length and gives back the same bytes',
      async () => {
        const blocks = Array.from({ length: (harness.largeBodyBytes ?? 6 * 1024 * 1024) / 65_536 }, () =>
          randomBytes(65_536),
        );
        const stored = await storage.put('large', Readable.from(blocks, { objectMode: false }), {
          partSize: driver.capabilities.multipart ? 5 * 1024 * 1024 : undefined,
        });
        expect(stored.size).toBe(blocks.length * 65_536);
        expect((await buffer(await storage.get('large'))).equals(Buffer.concat(blocks))).toBe(true);
      },
      LONG,
    );

    it('tells the bytes sent while it uploads', async () => {
      const reports: number[] = [];
      await storage.put('progress', Readable.from([randomBytes(100_000)], { objectMode: false }), {
        onProgress: (bytesSent) => reports.push(bytesSent),
      });
      expect(reports.at(-1)).toBe(100_000);
    });

    it('fails when the body breaks off', async () => {
      const broken = async function* () {
        yield randomBytes(1000);
        await Promise.resolve();
        throw new Error('the dump failed');
      };
      await expect(storage.put('broken', Readable.from(broken(), { objectMode: false }))).rejects.toMatchObject({
        name: 'StorageFailure',
      });
    });

    it('gives back a range', async () => {
      await storage.put('ranged', Buffer.from('0123456789'));
      if (!driver.capabilities.range) return;
      expect((await buffer(await storage.get('ranged', { range: { first: 2, last: 5 } }))).toString()).toBe('2345');
    });

    it('calls a missing object object.not_found, in get and in stat', async () => {
      await expect(storage.stat('missing')).rejects.toMatchObject({ code: 'object.not_found' });
      await expect(storage.get('missing')).rejects.toMatchObject({ code: 'object.not_found' });
      await expect(storage.stat('no/such/folder/missing')).rejects.toMatchObject({ code: 'object.not_found' });
    });

    it('removes an object, and removing what is not there is not an error', async () => {
      await storage.put('removed', Buffer.from('x'));
      await storage.remove('removed');
      await storage.remove('removed');
      await storage.remove('no/such/folder/removed');
      await expect(storage.stat('removed')).rejects.toMatchObject({ code: 'object.not_found' });
    });

    it('lists everything under a prefix, with sizes, and nothing else', async () => {
      await storage.put('listing/one', Buffer.from('1'));
      await storage.put('listing/deep/er/two', Buffer.from('22'));
      await storage.put('listing-beside', Buffer.from('333'));
      const listed = await listAll(storage, 'listing/');
      expect(Object.fromEntries(listed.map(({ key, size }) => [key, size]))).toEqual({
        'listing/one': 1,
        'listing/deep/er/two': 2,
      });
    });

    it('lists nothing under a prefix that does not exist', async () => {
      expect(await listAll(storage, 'no/such/folder/')).toEqual([]);
    });

    it('does several things at once', async () => {
      const keys = Array.from({ length: 4 }, (_unused, index) => `parallel/${index}`);
      await Promise.all(keys.map((key) => storage.put(key, Buffer.from(key))));
      const bodies = await Promise.all(keys.map(async (key) => (await buffer(await storage.get(key))).toString()));
      expect(bodies).toEqual(keys);
    });

    it('fails at once under a signal that has fired, and closes twice without an error', async () => {
      const other = await harness.open();
      await expect(other.connect(AbortSignal.abort())).rejects.toMatchObject({ name: 'StorageFailure' });
      await other.close();
      await other.close();
    });

    it('calls a missing bucket or directory container.not_found', async () => {
      if (harness.openMissingContainer === undefined) return;
      const missing = await harness.openMissingContainer();
      try {
        await missing.connect(never());
        await expect(missing.checkContainer(never())).rejects.toMatchObject({ code: 'container.not_found' });
      } finally {
        await missing.close();
      }
    });
  });
}

async function listAll(storage: Storage, prefix = ''): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  for await (const page of storage.list({ prefix })) objects.push(...page);
  return objects;
}

async function keysOf(storage: Storage): Promise<string[]> {
  return (await listAll(storage)).map(({ key }) => key);
}
