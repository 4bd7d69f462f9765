import { createDataSource, HistoryPointEntity, migrate, StorageConfigEntity } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { storeHealth } from '../health/store-health.js';
import { SUCCESS } from '../testing/scripted-prober.js';
import { storeConfig } from '../testing/store-config.js';
import { recordUsage } from './record-history.js';

describeOnDatabase('the history of a storage', (database) => {
  let dataSource: DataSource;

  beforeAll(async () => {
    await migrate(database.url);
    dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
  }, 30_000);
  afterAll(() => dataSource?.destroy());

  const historyOf = ({ id }: StorageConfigEntity): Promise<HistoryPointEntity[]> =>
    dataSource.getRepository(HistoryPointEntity).find({ where: { storageConfigId: id }, order: { recordedAt: 'ASC' } });
  const count = (config: StorageConfigEntity, bytes: number): Promise<void> =>
    recordUsage(
      dataSource.manager,
      config.id,
      { size_bytes: bytes, object_count: 2 },
      { total_size_bytes: 1000, object_count: 1 },
    );

  it('has a point for each test that was stored, and none for a test of an earlier version', async () => {
    const config = await storeConfig(dataSource, { version: 2 });
    const failed = { ...SUCCESS, success: false, code: 'container.not_found', latency_ms: null };
    for (const [version, result] of [
      [2, SUCCESS],
      [1, failed],
      [2, failed],
    ] as const) {
      await dataSource.transaction((manager) => storeHealth(manager, { id: config.id, version }, result));
    }
    expect(await historyOf(config)).toMatchObject([
      { kind: 'health', healthStatus: 'healthy', healthCode: null, latencyMs: SUCCESS.latency_ms },
      { kind: 'health', healthStatus: 'failing', healthCode: 'container.not_found', latencyMs: null },
    ]);
  });

  it('has a point for each usage refresh', async () => {
    const config = await storeConfig(dataSource);
    await count(config, 10_000_000_000_000);
    expect(await historyOf(config)).toMatchObject([
      {
        kind: 'usage',
        measuredSizeBytes: 10_000_000_000_000,
        measuredObjectCount: 2,
        totalSizeBytes: 1000,
        objectCount: 1,
      },
    ]);
  });

  it('forgets, as new points come, those of this storage that are older than 400 days', async () => {
    const [config, other] = [await storeConfig(dataSource), await storeConfig(dataSource)];
    for (const each of [config, other]) await count(each, 1);
    await dataSource.query(`UPDATE storage_history SET recorded_at = now() - interval '401 days' WHERE kind = 'usage'`);
    await count(config, 2);
    expect(await historyOf(config)).toMatchObject([{ measuredSizeBytes: 2 }]);
    expect(await historyOf(other)).toMatchObject([{ measuredSizeBytes: 1 }]);
  });

  it('goes with its storage', async () => {
    const config = await storeConfig(dataSource);
    await count(config, 1);
    await dataSource.getRepository(StorageConfigEntity).delete(config.id);
    expect(await historyOf(config)).toEqual([]);
  });
});
