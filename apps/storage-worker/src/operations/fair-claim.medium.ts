import { randomUUID } from 'node:crypto';
import { migrate } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { type OperationsWorker, operationsWorker } from '../testing/operations-worker.js';

describeOnDatabase('the claim of operations', (database) => {
  const workers: OperationsWorker[] = [];

  beforeAll(() => migrate(database.url), 30_000);

  afterEach(async () => {
    for (const { dataSource } of workers) {
      await dataSource.query(`UPDATE storage_operations SET status = 'cancelled' WHERE status = 'queued'`);
    }
    await Promise.all(workers.splice(0).map((each) => each.stop()));
  }, 30_000);

  it.each([
    ['a server that several organizations name alike', { host: 'backup.example.com' }, { host: 'backup.example.com' }],
    [
      'an endpoint, whatever its port and path',
      { endpoint_url: 'https://s3.example.com:9000' },
      { endpoint_url: 'https://s3.example.com/minio' },
    ],
    ['a vendor without endpoint', { region: 'eu-central-1' }, { region: 'eu-central-1' }],
  ])(
    'gives %s no more than half of the slots, and the others to the rest',
    async (_what, target, sameTarget) => {
      const worker = await heldWorker({ probeSlots: 16 });
      const { dataSource } = worker;
      // Eight slots; each organization may hold two of them.
      const crowded = [target, sameTarget, target, sameTarget, target, sameTarget];
      await queueTests(dataSource, crowded);
      await worker.start();
      await eventually(async () => worker.started.length === 4);
      const [elsewhere] = await queueTests(dataSource, [{ host: `${randomUUID()}.example.com` }]);
      await dataSource.query(`SELECT pg_notify('stowage_operations', 'queued')`);
      await eventually(async () => worker.started.includes(elsewhere!));
      expect(worker.started).toHaveLength(5);
      worker.release();
      await eventually(async () => worker.started.length === 7);
    },
    30_000,
  );

  it('passes over a flood that has expired, and tells of all of it', async () => {
    const worker = await heldWorker({ probeSlots: 16 });
    const { dataSource } = worker;
    const flood = randomUUID();
    await dataSource.query(
      `INSERT INTO storage_operations (id, kind, organization_id, tenant_id, storage_config_id, caller_id, message_id, deadline)
       SELECT id, 'storage.test', $1, $1, gen_random_uuid(), 'backup', id, now() - interval '1 second'
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 120)) AS expired`,
      [flood],
    );
    const [quiet] = await queueTests(dataSource, [{ host: 'quiet.example.com' }]);
    await worker.start();
    await eventually(async () => worker.started.includes(quiet!));
    await eventually(async () => {
      const [{ events }]: [{ events: number }] = await dataSource.query(
        `SELECT count(*)::int AS events FROM outbox WHERE event = 'storage.command.expired' AND organization_id = $1`,
        [flood],
      );
      return events === 120;
    });
    expect(worker.started).toEqual([quiet]);
    worker.release();
  }, 30_000);

  /** A worker whose runs end when the test says so. */
  async function heldWorker(options: { probeSlots: number }) {
    const started: string[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const worker = await operationsWorker(
      database.url,
      {
        'storage.test': async ({ id }) => {
          started.push(id);
          await held;
          return { result: {} };
        },
      },
      options,
    );
    workers.push(worker);
    return { ...worker, started, release: () => release() };
  }
});

/** A test of a storage for each target, each of an organization of its own. @returns the ids of the operations */
async function queueTests(dataSource: DataSource, targets: Record<string, string>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { host = null, endpoint_url = null, region = null } of targets as Record<string, string | null>[]) {
    const [{ id }]: [{ id: string }] = await dataSource.query(
      `WITH config AS (
         INSERT INTO storage_configs (id, organization_id, name, provider, host, endpoint_url, region,
                                      credentials_ct, credentials_kid, credentials_updated_at)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'Backups', $1, $2, $3, $4, '', 'none', now())
         RETURNING id, organization_id)
       INSERT INTO storage_operations (id, kind, organization_id, tenant_id, storage_config_id, caller_id, message_id)
       SELECT id, 'storage.test', organization_id, organization_id, id, 'backup', id FROM config RETURNING id`,
      [host === null ? (endpoint_url === null ? 'aws_s3' : 'minio') : 'sftp', host, endpoint_url, region],
    );
    ids.push(id);
  }
  return ids;
}
