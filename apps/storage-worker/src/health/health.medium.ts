import { randomUUID } from 'node:crypto';
import {
  createDataSource,
  migrate,
  StorageConfigEntity,
  StorageOperationEntity,
  toStorageConfig,
} from '@stowage/entities';
import type { TestResult } from '@stowage/contracts';
import { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import type { WorkerEnvironment } from '../environment.js';
import { SUCCESS } from '../testing/scripted-prober.js';
import { storeConfig } from '../testing/store-config.js';
import { HealthMetrics } from '../metrics/health-metrics.js';
import type { Metrics } from '../metrics/metrics.js';
import { HealthLoop } from './health-loop.js';
import { storeHealth } from './store-health.js';

const DAY_S = 86_400;
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000);
const failure = (code: string): TestResult => ({ ...SUCCESS, success: false, code, latency_ms: null });

describeOnDatabase('the health of stored configs', (database) => {
  let dataSource: DataSource;
  let loop: HealthLoop;

  beforeAll(async () => {
    await migrate(database.url);
    dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
    loop = new HealthLoop(dataSource, { HEALTH_INTERVAL_S: DAY_S } as WorkerEnvironment);
  }, 30_000);

  afterAll(() => dataSource.destroy());

  const testsOf = ({ id }: StorageConfigEntity): Promise<StorageOperationEntity[]> =>
    dataSource.getRepository(StorageOperationEntity).findBy({ storageConfigId: id, kind: 'storage.test' });
  const eventsOf = ({ id }: StorageConfigEntity): Promise<{ event: string; data: Record<string, unknown> }[]> =>
    dataSource.query('SELECT event, data FROM outbox WHERE storage_config_id = $1 ORDER BY id', [id]);
  const read = ({ id }: StorageConfigEntity): Promise<StorageConfigEntity> =>
    dataSource.getRepository(StorageConfigEntity).findOneByOrFail({ id });
  const store = async (config: StorageConfigEntity, result: TestResult): Promise<void> => {
    await dataSource.transaction((manager) => storeHealth(manager, config, result));
  };

  it('is counted for all together, and what began to fail lately apart', async () => {
    const registry = new Registry();
    void new HealthMetrics({ registry } as Metrics, dataSource);
    const before = await registry.metrics();
    const failed = Number(/storage_configs_failed_last_hour (\d+)/.exec(before)?.[1]);
    const config = await storeConfig(dataSource, { healthStatus: 'healthy' });
    expect(await registry.metrics()).toMatch(/storage_configs{health="healthy"} [1-9]/);
    await store(config, failure('credentials.access_key_unknown'));
    const after = await registry.metrics();
    expect(after).toMatch(/storage_configs{health="failing"} [1-9]/);
    expect(after).toContain(`storage_configs_failed_last_hour ${failed + 1}`);
  });

  it('is looked at again after an interval, once, and for active storages only', async () => {
    const due = await storeConfig(dataSource, { checkedAt: ago(DAY_S + 60) });
    const platform = await storeConfig(dataSource, { checkedAt: ago(DAY_S + 60), organizationId: null });
    const fresh = await storeConfig(dataSource, { checkedAt: ago(DAY_S / 2) });
    const inactive = await storeConfig(dataSource, { checkedAt: ago(2 * DAY_S), isActive: false });
    await Promise.all([loop.queueTests(DAY_S), loop.queueTests(DAY_S)]);
    await loop.queueTests(DAY_S);
    expect(await testsOf(due)).toMatchObject([{ status: 'queued', lane: 'probe', tenantId: due.organizationId }]);
    expect(await testsOf(platform)).toHaveLength(1);
    expect(await testsOf(fresh)).toEqual([]);
    expect(await testsOf(inactive)).toEqual([]);
  });

  it('is looked at soon where a storage was never tested', async () => {
    const untested = await storeConfig(dataSource, { createdAt: ago(3600) });
    const justSaved = await storeConfig(dataSource);
    await loop.queueTests(DAY_S);
    expect(await testsOf(untested)).toHaveLength(1);
    expect(await testsOf(justSaved)).toEqual([]);
  });

  it('remembers since when a storage fails, and forgets it when it works again', async () => {
    const config = await storeConfig(dataSource);
    await store(config, failure('container.not_found'));
    const failing = await read(config);
    expect(failing).toMatchObject({ healthStatus: 'failing', healthCode: 'container.not_found' });
    await store(config, failure('permission.write_denied'));
    expect((await read(config)).failingSince).toEqual(failing.failingSince);
    await store(config, SUCCESS);
    expect(await read(config)).toMatchObject({ healthStatus: 'healthy', failingSince: null, healthCode: null });
    expect((await eventsOf(config)).map(({ event }) => event)).toEqual([
      'storage.tested',
      'storage.health.changed',
      'storage.tested',
      'storage.tested',
      'storage.health.changed',
    ]);
  });

  it('is not taken from a test of an earlier version', async () => {
    const config = await storeConfig(dataSource, { version: 7 });
    await store({ ...config, version: 6 }, failure('container.not_found'));
    expect(await read(config)).toMatchObject({ healthStatus: 'unverified', checkedAt: null });
    expect((await eventsOf(config)).map(({ event }) => event)).toEqual(['storage.tested']);
  });

  it('does not mind that the storage is gone', async () => {
    await expect(store({ ...(await storeConfig(dataSource)), id: randomUUID() }, SUCCESS)).resolves.toBeUndefined();
  });

  it('keeps how an S3 service was found to be spoken to, until a test finds otherwise', async () => {
    const config = await storeConfig(dataSource);
    await store(config, { ...SUCCESS, addressing: 'virtual', checksum_mode: 'required' });
    await store(config, { ...SUCCESS, checksum_mode: 'md5' });
    await store(config, SUCCESS);
    expect(await read(config)).toMatchObject({ addressing: 'virtual', checksumMode: 'md5' });
    expect(toStorageConfig(await read(config)).checksum_mode).toBe('md5');
  });

  it('leaves the ETag of the config alone', async () => {
    const config = await storeConfig(dataSource);
    await store(config, SUCCESS);
    expect((await read(config)).version).toBe(config.version);
  });

  it('says once for each set of credentials that they are due for rotation', async () => {
    const config = await storeConfig(dataSource, { credentialsUpdatedAt: ago(91 * DAY_S) });
    await loop.sayRotationDue();
    await loop.sayRotationDue();
    const isRotation = ({ event }: { event: string }): boolean => event === 'storage.credentials.rotation_due';
    expect((await eventsOf(config)).filter(isRotation)).toMatchObject([{ data: { age_days: 91 } }]);

    await dataSource.query(
      `UPDATE storage_configs SET rotation_announced_at = now() - interval '200 days',
              credentials_updated_at = now() - interval '95 days' WHERE id = $1`,
      [config.id],
    );
    await loop.sayRotationDue();
    expect((await eventsOf(config)).filter(isRotation)).toHaveLength(2);
  });
});
