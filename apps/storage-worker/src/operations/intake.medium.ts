import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { vi } from 'vitest';
import { migrate } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { type OperationsWorker, operationsWorker } from '../testing/operations-worker.js';
import type { NewOperation } from './new-operation.js';

const aTest = (): NewOperation => ({
  kind: 'storage.test',
  organizationId: randomUUID(),
  storageConfigId: randomUUID(),
  callerId: 'backup',
  messageId: randomUUID(),
});

describeOnDatabase('what the queue of operations is given', (database) => {
  const workers: OperationsWorker[] = [];
  const worker = async (
    run: Parameters<typeof operationsWorker>[1],
    options?: Parameters<typeof operationsWorker>[2],
  ): Promise<OperationsWorker> => {
    const made = await operationsWorker(database.url, run, options);
    workers.push(made);
    return made;
  };

  beforeAll(() => migrate(database.url), 30_000);
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((made) => made.stop()));
  });

  // The transport acknowledges a command when its handler has ended, and the handler waits for this.
  it('counts as taken only when it is committed', async () => {
    const { dataSource, operations } = await worker({});
    const operation = aTest();
    const taken: string[] = [];
    const table = dataSource.createQueryRunner();
    await table.startTransaction();
    await table.query('LOCK TABLE storage_operations IN SHARE MODE');
    const taking = operations.enqueue(operation).then(({ id }) => taken.push(id));
    await eventually(async () => {
      const [waiting] = await table.query(
        "SELECT 1 FROM pg_locks WHERE relation = 'storage_operations'::regclass AND NOT granted",
      );
      return waiting !== undefined;
    });
    await delay(50);
    expect(taken).toEqual([]);
    await table.rollbackTransaction();
    await table.release();
    await taking;
    expect((await operations.get(taken[0]!)).messageId).toBe(operation.messageId);
  });

  it('costs one statement a batch where nothing is asked for twice, however many there are', async () => {
    const { dataSource, operations } = await worker({});
    const [query, transaction] = [vi.spyOn(dataSource.manager, 'query'), vi.spyOn(dataSource, 'transaction')];
    const batch = Array.from({ length: 200 }, aTest);
    const ingested = await Promise.all(batch.map((operation) => operations.enqueue(operation)));
    expect(ingested).toEqual(batch.map(({ messageId }) => ({ id: messageId, status: 'queued' })));
    const inserts = query.mock.calls.filter(([sql]) => sql.includes('INSERT'));
    expect([inserts.length, transaction.mock.calls.length]).toEqual([1, 0]);
  });

  it('is refused where the database cannot take it, so that the broker keeps it', async () => {
    const { dataSource, operations } = await worker({});
    await dataSource.query('ALTER TABLE storage_operations RENAME TO storage_operations_away');
    try {
      await expect(operations.enqueue(aTest())).rejects.toThrow('storage_operations');
    } finally {
      await dataSource.query('ALTER TABLE storage_operations_away RENAME TO storage_operations');
    }
  });

  it('is found by polling where no notification told of it', async () => {
    const { operations } = await worker({});
    const ran: string[] = [];
    const deaf = await worker({ 'storage.test': async ({ id }) => (ran.push(id), { result: {} }) }, { deaf: true });
    await deaf.start();
    const { id } = await operations.enqueue(aTest());
    await eventually(async () => ran.includes(id));
    expect(ran).toContain(id);
  });
});
