import { Readable } from 'node:stream';
import type { Check, TestResult } from '@stowage/contracts';
import type { Dialer } from './dialer/dialer.js';
import type { StorageDriver } from './driver.js';
import { StorageFailure } from './failure.js';
import { NO_FIELDS } from './field-check.js';
import { MemoryDriver } from './memory/driver.js';
import { resolveLocation } from './resolve-location.js';
import type { TestStorageOptions } from './test-options.js';
import { testStorage } from './test-storage.js';

const NO_DIALER = {} as Dialer;
const LOCATION = {
  ...resolveLocation({
    ...NO_FIELDS,
    organization_id: null,
    provider: 'minio',
    endpoint_url: 'https://minio.example.com:9000',
    bucket: 'backups',
    path_prefix: 'org/',
  }),
  part_size_bytes: 1024 * 1024,
};

type Stored = ConstructorParameters<typeof MemoryDriver>[0] & Map<string, unknown>;

/** A storage in memory in which some calls go otherwise. */
function storageWhere(overrides: Partial<StorageDriver> = {}) {
  const objects: Stored = new Map();
  const options = {
    openDriver: () => Promise.resolve(Object.assign(new MemoryDriver(objects), overrides)),
  };
  return { objects, options };
}

const run = (options: Partial<TestStorageOptions>): Promise<TestResult> =>
  testStorage({
    location: LOCATION,
    credentials: { access_key: 'AK', secret_key: 'secret' },
    dialer: NO_DIALER,
    depth: 'quick',
    deadlineMs: 5000,
    ...options,
  });

const refusing = (code: StorageFailure['code']) => () => Promise.reject(new StorageFailure(code));
const hanging = () => new Promise<never>(() => undefined);
const stepsOf = ({ checks }: TestResult) => checks.map(({ name, status }) => `${name} ${status}`);

describe('a storage test', () => {
  it('is green on a good storage and leaves nothing behind', async () => {
    const { objects, options } = storageWhere();
    const result = await run(options);
    expect(result).toMatchObject({
      success: true,
      message: 'Connection successful',
      can_write: true,
      can_delete: true,
    });
    expect(result.latency_ms).toBeGreaterThanOrEqual(0);
    expect(objects.size).toBe(0);
  });

  it('writes under the path prefix, by a name that says what it is', async () => {
    const { objects, options } = storageWhere({ remove: refusing('permission.delete_denied') });
    await run(options);
    expect([...objects.keys()]).toEqual([
      expect.stringMatching(/^org\/test-connection-\d{8}t\d{6}\.\d{3}Z-[0-9a-f]{8}\.txt$/),
    ]);
  });

  it('tells each step as it ends', async () => {
    const told: Check[] = [];
    const result = await run({ ...storageWhere().options, onCheck: (check) => told.push(check) });
    expect(told).toEqual(result.checks);
  });

  it('is red when the storage gives back other bytes, and removes them', async () => {
    const { objects, options } = storageWhere({ get: () => Promise.resolve(Readable.from([Buffer.from('<html>')])) });
    await expect(run(options)).resolves.toMatchObject({
      code: 'object.corrupted',
      can_write: true,
      can_read: false,
      can_delete: true,
    });
    expect(objects.size).toBe(0);
  });

  it('is red when the storage keeps fewer bytes than were sent', async () => {
    const { options } = storageWhere({ stat: () => Promise.resolve({ size: 4 }) });
    await expect(run(options)).resolves.toMatchObject({ code: 'object.size_mismatch', can_write: false });
  });

  it('goes on after a refused read, so that the file is deleted', async () => {
    const { objects, options } = storageWhere({ get: refusing('permission.read_denied') });
    const result = await run(options);
    expect(result).toMatchObject({
      code: 'permission.read_denied',
      message: 'Connection failed: Access Denied',
      can_delete: true,
    });
    expect(stepsOf(result).slice(-3)).toEqual(['read failed', 'delete ok', 'gone ok']);
    expect(objects.size).toBe(0);
  });

  it('is green on a storage that may only be added to, says what is missing, and names the file that stays', async () => {
    const { objects, options } = storageWhere({ remove: refusing('permission.delete_denied') });
    const result = await run(options);
    expect(result).toMatchObject({ success: true, code: null, can_delete: false });
    expect(result.checks).toContainEqual(expect.objectContaining({ name: 'delete', status: 'skipped' }));
    expect(result.warnings).toEqual([
      { code: 'permission.delete_denied', message: expect.stringContaining('s3:DeleteObject') as string },
      { code: 'object.leftover', message: expect.stringContaining([...objects.keys()][0] ?? '?') as string },
    ]);
  });

  it('names no file where none was written', async () => {
    const { options } = storageWhere({ put: refusing('permission.write_denied') });
    const result = await run(options);
    expect(result).toMatchObject({
      code: 'permission.write_denied',
      can_write: false,
      can_read: null,
      can_delete: null,
      warnings: [],
    });
  });

  it('is green on a storage whose retention rule keeps the file, and says so', async () => {
    const { options } = storageWhere({ remove: refusing('object.locked') });
    const result = await run(options);
    expect(result).toMatchObject({ success: true, can_delete: false });
    expect(result.warnings.map(({ code }) => code)).toEqual(['object.locked', 'object.leftover']);
  });

  it('is red when the deleted file is still there', async () => {
    const { options } = storageWhere({ remove: () => Promise.resolve() });
    await expect(run(options)).resolves.toMatchObject({ code: 'object.still_there', can_delete: false });
  });

  it('does not hold a refused question against the storage', async () => {
    const { options } = storageWhere({
      checkContainer: () => Promise.resolve({ state: 'unknown', reason: 'may not ask' }),
      stat: refusing('permission.read_denied'),
    });
    const result = await run(options);
    expect(result).toMatchObject({ success: true, bucket_exists: true });
    expect(result.checks.filter(({ status }) => status === 'skipped').map(({ name }) => name)).toEqual([
      'container',
      'size',
      'gone',
    ]);
  });

  it.each(['connect', 'checkContainer', 'put', 'get', 'remove'] as const)(
    'keeps its deadline when %s never ends, and cleans up',
    async (call) => {
      let isHanging = true;
      const memory = storageWhere();
      const openDriver = () => {
        const driver = new MemoryDriver(memory.objects);
        return Promise.resolve(isHanging ? Object.assign(driver, { [call]: hanging }) : driver);
      };
      const began = performance.now();
      setTimeout(() => (isHanging = false), 40);
      const result = await run({ openDriver, deadlineMs: 50 });
      expect(result).toMatchObject({ success: false, code: 'network.no_response', latency_ms: null });
      expect(performance.now() - began).toBeLessThan(4000);
      expect(memory.objects.size).toBe(0);
    },
  );

  it('can be stopped', async () => {
    const { options } = storageWhere({ checkContainer: hanging });
    await expect(run({ ...options, signal: AbortSignal.timeout(20) })).resolves.toMatchObject({
      code: 'operation.cancelled',
    });
  });

  it('tells of an unreachable name one check without its time, and not before 750 ms', async () => {
    const { options } = storageWhere({
      connect: () => Promise.reject(new StorageFailure('network.unreachable', { step: 'resolve' })),
    });
    const began = performance.now();
    const result = await run(options);
    expect(performance.now() - began).toBeGreaterThanOrEqual(745);
    expect(result.message).toBe('Connection failed: Could not connect to the endpoint URL');
    expect(result.checks).toEqual([
      { name: 'resolve', status: 'failed', duration_ms: null, message: 'Could not connect to the endpoint URL' },
    ]);
  });

  it('says nothing of an error of ours', async () => {
    const { options } = storageWhere({ put: () => Promise.reject(new Error('secret=hunter2')) });
    const result = await run(options);
    expect(result.code).toBe('operation.failed');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('at full depth reads a range, and uploads a large object as a backup would', async () => {
    const { objects, options } = storageWhere();
    const result = await run({ ...options, depth: 'full' });
    expect(stepsOf(result)).toEqual(expect.arrayContaining(['range ok', 'multipart ok']));
    expect(result.checks.find(({ name }) => name === 'multipart')?.message).toContain('in one piece');
    expect(objects.size).toBe(0);
  });

  it('at full depth is red on a storage that has room for a small object alone', async () => {
    const memory = new MemoryDriver();
    const putSmall = memory.put.bind(memory);
    const put: StorageDriver['put'] = (key, body, options) =>
      body instanceof Readable ? refusing('quota.storage_full')() : putSmall(key, body, options);
    const result = await run({ openDriver: () => Promise.resolve(Object.assign(memory, { put })), depth: 'full' });
    expect(result).toMatchObject({ success: false, code: 'quota.storage_full', can_write: false });
  });

  it('at full depth gives back the connection of the listing that it began', async () => {
    let isHeld = false;
    async function* list(): AsyncGenerator<[]> {
      isHeld = true;
      try {
        yield [];
        yield [];
      } finally {
        isHeld = false;
      }
    }
    await run({ ...storageWhere({ list }).options, depth: 'full' });
    expect(isHeld).toBe(false);
  });

  it('tells how to see the failure by hand, and nothing where there is none', async () => {
    const { options } = storageWhere({ put: refusing('permission.write_denied') });
    expect((await run(options)).reproduce).toContain(' -T test-connection-by-hand.txt ');
    expect((await run(storageWhere().options)).reproduce).toBeNull();
  });

  it('at full depth warns that usage cannot be measured where listing is refused', async () => {
    async function* list(): AsyncGenerator<never> {
      yield await refusing('permission.list_denied')();
    }
    const result = await run({ ...storageWhere({ list }).options, depth: 'full' });
    expect(result.success).toBe(true);
    expect(result.warnings).toEqual([
      { code: 'permission.list_denied', message: expect.stringContaining('usage cannot be measured') as string },
    ]);
  });

  it.each([
    [300 * 1024 ** 2, ['quota.low']],
    [300 * 1024 ** 3, []],
    [null, []],
  ])('with %p bytes left warns of %j', async (free, codes) => {
    const { options } = storageWhere({ freeSpace: () => Promise.resolve(free) });
    const { success, warnings, checks } = await run(options);
    expect(success).toBe(true);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    expect(checks.map(({ name }) => name)).not.toContain('multipart');
  });

  it('finds out also at quick depth whether a backup fits, where the server says that it does not', async () => {
    const freeSpace = () => Promise.resolve(500_000);
    const mistaken = await run(storageWhere({ freeSpace }).options);
    expect(mistaken.success).toBe(true);
    expect(stepsOf(mistaken)).toContain('multipart ok');

    const memory = new MemoryDriver();
    const putSmall = memory.put.bind(memory);
    const put: StorageDriver['put'] = (key, body, options) =>
      body instanceof Readable ? refusing('quota.storage_full')() : putSmall(key, body, options);
    const full = await run({ openDriver: () => Promise.resolve(Object.assign(memory, { put, freeSpace })) });
    expect(full).toMatchObject({ success: false, code: 'quota.storage_full', can_write: false, can_delete: true });
    expect(stepsOf(full)).toContain('multipart failed');
  });

  describe('on a storage that answers slowly', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
    afterEach(() => void vi.useRealTimers());

    const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const slowly = async (options: Partial<TestStorageOptions> = {}) => {
      const memory = new MemoryDriver();
      const put: StorageDriver['put'] = (...asked) => memory.put(...asked);
      const get: StorageDriver['get'] = (...asked) => memory.get(...asked);
      const stat: StorageDriver['stat'] = (...asked) => after(600).then(() => memory.stat(...asked));
      const remove: StorageDriver['remove'] = (...asked) => after(310).then(() => memory.remove(...asked));
      const result = run({ ...storageWhere({ put, get, stat, remove }).options, ...options });
      await vi.advanceTimersByTimeAsync(4000);
      return await result;
    };

    it('tells the quickest of its small requests as the latency, and warns of it', async () => {
      const { success, warnings } = await slowly();
      expect(success).toBe(true);
      const message = expect.stringContaining('takes 310 ms') as string;
      expect(warnings).toEqual([{ code: 'network.latency', message }]);
    });

    it('names the nearest region to move the bucket to, unless the bucket is there', async () => {
      const location = { ...LOCATION, region: 'us-west-004' };
      const warningWith = async (nearestRegion: string) =>
        (await slowly({ location, nearestRegion })).warnings[0]?.message;
      await expect(warningWith('eu-central-003')).resolves.toContain('a bucket in eu-central-003, the region nearest');
      await expect(warningWith('us-west-004')).resolves.toContain('a region or server nearer');
    });
  });

  it.each(['network.timeout', 'network.refused', 'network.reset', 'network.dropped', 'network.no_route'] as const)(
    'names the addresses that are to be let in, in the hint of %s',
    async (code) => {
      const { options } = storageWhere({ connect: refusing(code) });
      const { hint } = await run({ ...options, egressIps: ['203.0.113.7', '2001:db8::7'] });
      expect(hint).toContain('203.0.113.7, 2001:db8::7');
      expect((await run(options)).hint).toContain('egress_ips in the storage settings');
    },
  );
});
