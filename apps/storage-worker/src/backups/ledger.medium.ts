import { NO_TRACE } from '@stowage/contracts';
import { randomUUID } from 'node:crypto';
import { BackupEntity, createDataSource, migrate, StorageConfigEntity } from '@stowage/entities';
import * as fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { storeConfig } from '../testing/store-config.js';
import { BackupLedger, recordRemoval } from './ledger.js';
import type { BackupReport } from './ledger-line.js';

const CONTEXT = { correlationId: null, trace: NO_TRACE };
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

describeOnDatabase('the ledger of backups', (database) => {
  let dataSource: DataSource;
  let ledger: BackupLedger;

  beforeAll(async () => {
    await migrate(database.url);
    dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
    ledger = new BackupLedger(dataSource);
  }, 30_000);

  afterAll(() => dataSource.destroy());

  const subject = (config: StorageConfigEntity, backup_id: string = randomUUID(), sequence = 1) => ({
    organization_id: config.organizationId ?? randomUUID(),
    storage_config_id: config.id,
    backup_id,
    environment_id: null,
    sequence,
  });
  const started = (config: StorageConfigEntity, id?: string, sequence = 1): BackupReport => ({
    event: 'backup.started',
    data: { ...subject(config, id, sequence), started_at: at(sequence) },
  });
  const completed = (config: StorageConfigEntity, id?: string, sequence = 2, size = 1000): BackupReport => ({
    event: 'backup.completed',
    data: { ...subject(config, id, sequence), size_bytes: size, objects: ['dump.gz'], completed_at: at(sequence) },
  });
  const deleted = (config: StorageConfigEntity, id?: string, sequence = 3): BackupReport => ({
    event: 'backup.deleted',
    data: { ...subject(config, id, sequence), deleted_at: at(sequence) },
  });
  const failed = (config: StorageConfigEntity, id?: string, sequence = 2): BackupReport => ({
    event: 'backup.failed',
    data: { ...subject(config, id, sequence), failed_at: at(sequence), reason: 'disk full' },
  });
  const record = (report: BackupReport): Promise<void> => ledger.record(report, CONTEXT);
  const sumsOf = async ({ id }: StorageConfigEntity) => {
    const { totalSizeBytes, objectCount, lastUsedAt } = await dataSource
      .getRepository(StorageConfigEntity)
      .findOneByOrFail({ id });
    return { totalSizeBytes, objectCount, lastUsedAt };
  };
  const toldOf = (backupId: string) =>
    dataSource.query(
      `SELECT organization_id, data - 'sequence' AS data FROM outbox
        WHERE event = 'storage.backup.recorded' AND data ->> 'backup_id' = $1 ORDER BY id`,
      [backupId],
    );
  const eventsOf = (backupId: string): Promise<{ event: string }[]> =>
    dataSource.query(`SELECT event FROM outbox WHERE data ->> 'backup_id' = $1 ORDER BY id`, [backupId]);

  it('sums what is completed on a config and remembers when it was used last', async () => {
    const config = await storeConfig(dataSource);
    await record(completed(config, randomUUID(), 2, 1000));
    await record(completed(config, randomUUID(), 5, 500));
    await record(started(config));
    expect(await sumsOf(config)).toEqual({ totalSizeBytes: 1500, objectCount: 2, lastUsedAt: new Date(at(5)) });
  });

  it('takes a deleted backup from the sums, but never moves the last use back', async () => {
    const config = await storeConfig(dataSource);
    const id = randomUUID();
    await record(completed(config, id));
    await record(deleted(config, id));
    expect(await sumsOf(config)).toEqual({ totalSizeBytes: 0, objectCount: 0, lastUsedAt: new Date(at(2)) });
  });

  it('is the same whatever the order and the repetition of the events', async () => {
    const histories = [
      (config: StorageConfigEntity, id: string) => [started(config, id), completed(config, id)],
      (config: StorageConfigEntity, id: string) => [started(config, id), completed(config, id), deleted(config, id)],
      (config: StorageConfigEntity, id: string) => [started(config, id), failed(config, id)],
      (config: StorageConfigEntity, id: string) => [
        started(config, id),
        failed(config, id),
        started(config, id, 3),
        completed(config, id, 4, 77),
      ],
    ];
    const ledgerAfter = async (shuffle: (reports: BackupReport[]) => BackupReport[]) => {
      const config = await storeConfig(dataSource);
      const ids = histories.map(() => randomUUID());
      const reports = histories.flatMap((history, position) => history(config, ids[position]!));
      await Promise.all(shuffle(reports).map(record));
      const lines = await dataSource.getRepository(BackupEntity).findBy({ storageConfigId: config.id });
      return {
        sums: await sumsOf(config),
        lines: ids.map((id) => {
          const { state, sizeBytes, objects, sequence, startedAt, completedAt, endedAt } = lines.find(
            (line) => line.id === id,
          )!;
          return { state, sizeBytes, objects, sequence, startedAt, completedAt, endedAt };
        }),
      };
    };
    const inOrder = await ledgerAfter((reports) => reports);
    const events = histories.length * 3;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: events - 1 }), { maxLength: 10 }),
        fc.infiniteStream(fc.nat({ max: 1_000_000 })),
        async (repeated, random) => {
          const after = await ledgerAfter((reports) => {
            const all = [...reports, ...repeated.map((position) => reports[position % reports.length]!)];
            return all
              .map((report) => ({ report, key: random.next().value as number }))
              .sort((a, b) => a.key - b.key)
              .map(({ report }) => report);
          });
          expect(after).toEqual(inOrder);
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);

  it('does not let a late report bring back what was deleted', async () => {
    const config = await storeConfig(dataSource);
    const id = randomUUID();
    await record(deleted(config, id));
    await record(completed(config, id));
    expect(await sumsOf(config)).toMatchObject({ totalSizeBytes: 0, objectCount: 0, lastUsedAt: new Date(at(2)) });
  });

  it('follows a backup that moves to another config', async () => {
    const [from, to] = [await storeConfig(dataSource), await storeConfig(dataSource, { organizationId: null })];
    const id = randomUUID();
    await record(completed(from, id, 2));
    const moved = completed(to, id, 3);
    moved.data.organization_id = from.organizationId!;
    await record(moved);
    expect([await sumsOf(from), await sumsOf(to)]).toMatchObject([{ objectCount: 0 }, { objectCount: 1 }]);
  });

  it('tells the organization what it has come to know of a backup, and nothing of what it knew', async () => {
    const config = await storeConfig(dataSource);
    const id = randomUUID();
    for (const report of [started(config, id), completed(config, id), started(config, id), completed(config, id)]) {
      await record(report);
    }
    await dataSource.transaction((manager) => recordRemoval(manager, id));
    const { organizationId: organization_id, id: storage_config_id } = config;
    expect(await toldOf(id)).toEqual(
      ['running', 'completed', 'deleted'].map((state) => ({
        organization_id,
        data: { organization_id, storage_config_id, backup_id: id, state },
      })),
    );
  });

  it('tells the platform too of a backup on its storage, whose sums it sees change', async () => {
    const platform = await storeConfig(dataSource, { organizationId: null });
    const report = completed(platform);
    await record(report);
    const told: { organization_id: string | null }[] = await toldOf(report.data.backup_id);
    expect(told.map(({ organization_id }) => organization_id)).toEqual([report.data.organization_id, null]);
  });

  it('refuses a backup on the storage of another organization', async () => {
    const config = await storeConfig(dataSource);
    const report = completed(config);
    report.data.organization_id = randomUUID();
    await record(report);
    expect(await eventsOf(report.data.backup_id)).toEqual([{ event: 'storage.backup.refused' }]);
    expect(await sumsOf(config)).toMatchObject({ objectCount: 0, lastUsedAt: null });
    expect(await dataSource.getRepository(BackupEntity).findOneBy({ id: report.data.backup_id })).toBeNull();
  });

  it("refuses to change another organization's backup", async () => {
    const [theirs, ours] = [await storeConfig(dataSource), await storeConfig(dataSource)];
    const id = randomUUID();
    await record(completed(theirs, id));
    await record(deleted(ours, id));
    expect(await sumsOf(theirs)).toMatchObject({ objectCount: 1 });
  });

  it("takes any organization's backup on the platform's storage", async () => {
    const platform = await storeConfig(dataSource, { organizationId: null });
    await record(completed(platform));
    await record(completed(platform));
    expect(await sumsOf(platform)).toMatchObject({ objectCount: 2 });
  });

  it('keeps a backup whose storage is gone, and raises it once', async () => {
    const gone = { ...(await storeConfig(dataSource)), id: randomUUID() };
    const report = completed(gone);
    await record(report);
    await record(report);
    expect(await eventsOf(report.data.backup_id)).toEqual([{ event: 'storage.backup.orphaned' }]);
    expect(await dataSource.getRepository(BackupEntity).findOneBy({ id: report.data.backup_id })).toMatchObject({
      state: 'completed',
      sizeBytes: 1000,
    });
  });

  it('strikes a backup whose objects were removed, for good', async () => {
    const config = await storeConfig(dataSource);
    const id = randomUUID();
    await record(completed(config, id));
    await dataSource.transaction((manager) => recordRemoval(manager, id));
    await dataSource.transaction((manager) => recordRemoval(manager, id));
    await record(completed(config, id));
    expect(await sumsOf(config)).toMatchObject({ totalSizeBytes: 0, objectCount: 0 });
  });
});
