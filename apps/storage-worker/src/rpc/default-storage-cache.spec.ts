import { vi } from 'vitest';
import { type EnvelopeHeaders, EXCHANGES, StowageError } from '@stowage/contracts';
import type { StorageConfigEntity } from '@stowage/entities';
import { type Broker, type DeliveryHandler, InProcessBroker } from '@stowage/messaging';
import { Registry } from 'prom-client';
import type { Metrics } from '../metrics/metrics.js';
import type { StorageAccess } from '../storage-configs/storage-access.js';
import type { WriteTransactions } from '../writes/write-transactions.js';
import { DefaultStorageCache } from './default-storage-cache.js';
import type { ReleasableStorage } from './releasable-storage.js';

const A = '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d';
const B = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

describe('DefaultStorageCache', () => {
  const broker = new InProcessBroker();
  let registry: Registry;
  let cache: DefaultStorageCache;
  let committed: (organizationId: string | null) => void;
  let loseSubscription: () => void;
  let loads: string[];
  let load: (organizationId: string) => Promise<StorageConfigEntity>;

  beforeEach(async () => {
    loads = [];
    load = async () => ({ version: loads.length }) as StorageConfigEntity;
    const storages = {
      defaultOf: (organizationId: string) => {
        loads.push(organizationId);
        return load(organizationId);
      },
    } as ReleasableStorage;
    const access = { locationOf: () => ({}) } as unknown as StorageAccess;
    const writes = {
      onCommitted: (listener: typeof committed) => (committed = listener),
    } as unknown as WriteTransactions;
    const subscribe: Broker['subscribe'] = (exchange, keys, handle: DeliveryHandler, onGap) => {
      loseSubscription = onGap;
      return broker.subscribe(exchange, keys, handle);
    };
    const listening = { subscribe } as Broker;
    registry = new Registry();
    cache = new DefaultStorageCache(storages, access, listening, writes, { registry } as Metrics);
    await cache.onApplicationBootstrap();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await cache.onApplicationShutdown();
  });
  afterAll(() => broker.close());

  const versionOf = async (organizationId: string) => (await cache.get(organizationId)).config.version;
  const say = (event: string, organizationId: string | null, headers: EnvelopeHeaders = {}) =>
    broker.publish(
      {
        exchange: EXCHANGES.events,
        routing_key: event,
        data: {},
        headers: organizationId === null ? headers : { ...headers, 'organization-id': organizationId },
      },
      { mandatory: false },
    );
  const settle = () => new Promise((resolve) => setTimeout(resolve, 10));

  it('counts hits and misses, and measures how late it hears of a change', async () => {
    await versionOf(A);
    await versionOf(A);
    await Promise.all([versionOf(B), versionOf(B)]);
    await say('storage.updated', A, { 'decided-at': Date.now() - 300 });
    await settle();
    const text = await registry.metrics();
    expect(text).toContain('cache_default_storage_hits_total 1');
    expect(text).toContain('cache_default_storage_misses_total 3');
    expect(text).toContain('cache_default_storage_invalidation_lag_seconds_bucket{le="0.25"} 0');
    expect(text).toContain('cache_default_storage_invalidation_lag_seconds_count 1');
  });

  it('asks the database once, whoever asks and however the id is written', async () => {
    await expect(Promise.all([versionOf(A), versionOf(A), versionOf(A.toUpperCase())])).resolves.toEqual([1, 1, 1]);
    await expect(versionOf(A)).resolves.toBe(1);
    expect(loads).toEqual([A]);
  });

  it.each([
    'storage.created',
    'storage.updated',
    'storage.deleted',
    'storage.default.changed',
    'storage.tested',
    'storage.health.changed',
  ])('forgets an organization at its %s, and no other', async (event) => {
    await Promise.all([versionOf(A), versionOf(B)]);
    await say(event, A);
    await settle();
    await Promise.all([versionOf(A), versionOf(B)]);
    expect(loads).toEqual([A, B, A]);
  });

  it('keeps what no event touches', async () => {
    await versionOf(A);
    await say('storage.usage.refreshed', A);
    await settle();
    await versionOf(A);
    expect(loads).toEqual([A]);
  });

  it.each([
    ['an event of the platform', () => say('storage.updated', null)],
    ['a lost subscription', async () => loseSubscription()],
  ])('forgets everybody after %s', async (_what, happen) => {
    await Promise.all([versionOf(A), versionOf(B)]);
    await happen();
    await settle();
    await Promise.all([versionOf(A), versionOf(B)]);
    expect(loads).toEqual([A, B, A, B]);
  });

  it('forgets at once what was changed through this worker', async () => {
    await versionOf(A);
    committed(A);
    await expect(versionOf(A)).resolves.toBe(2);
  });

  it('does not keep what was loading when it was told to forget, nor gives it to who asks after that', async () => {
    let finish = (): void => undefined;
    load = () => new Promise((resolve) => (finish = () => resolve({ version: 1 } as StorageConfigEntity)));
    const early = versionOf(A);
    await settle();
    await say('storage.updated', A);
    await settle();
    load = async () => ({ version: 2 }) as StorageConfigEntity;
    await expect(versionOf(A)).resolves.toBe(2);
    finish();
    await expect(early).resolves.toBe(1);
    await expect(versionOf(A)).resolves.toBe(2);
    expect(loads).toHaveLength(2);
  });

  it('keeps an answer for a minute at most, and three quarters of one at least', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(0);
    await versionOf(A);
    now.mockReturnValue(45_000);
    await expect(versionOf(A)).resolves.toBe(1);
    now.mockReturnValue(60_000);
    await expect(versionOf(A)).resolves.toBe(2);
  });

  it('keeps a refusal for three seconds', async () => {
    const now = vi.spyOn(Date, 'now').mockReturnValue(0);
    load = () => Promise.reject(new StowageError('storage.default.none', 'None.'));
    const none = expect.objectContaining({ code: 'storage.default.none' }) as Error;
    await expect(cache.get(A)).rejects.toEqual(none);
    await expect(cache.get(A)).rejects.toEqual(none);
    expect(loads).toHaveLength(1);
    now.mockReturnValue(3000);
    await expect(cache.get(A)).rejects.toEqual(none);
    expect(loads).toHaveLength(2);
  });

  it('answers what it has while the database is away, and keeps no failure', async () => {
    await versionOf(A);
    load = () => Promise.reject(new Error('away'));
    await expect(versionOf(A)).resolves.toBe(1);
    await expect(versionOf(B)).rejects.toThrow('away');
    load = async () => ({ version: 7 }) as StorageConfigEntity;
    await expect(versionOf(B)).resolves.toBe(7);
  });
});
