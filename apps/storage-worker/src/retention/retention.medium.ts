import { randomUUID } from 'node:crypto';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { TestWorker } from '../testing/test-worker.js';
import { Retention } from './retention.js';

/** More than one batch. */
const MANY = 1200;

describeOnDatabase('retention', (database) => {
  let worker: TestWorker;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
  }, 60_000);
  afterAll(() => worker.stop());

  const forget = () => worker.app.get(Retention, { strict: false }).forgetOld();

  async function countOf(table: string, column: string, id: string): Promise<number> {
    const [{ count }]: [{ count: number }] = await worker.database.query(
      `SELECT count(*)::int AS count FROM ${table} WHERE ${column} = $1`,
      [id],
    );
    return count;
  }

  it('deletes operations 7 days after their end, however many, and none that still waits', async () => {
    const organization = randomUUID();
    const insert = (status: string, finished: string | null, count: number) =>
      worker.database.query(
        `INSERT INTO storage_operations (id, message_id, caller_id, kind, status, organization_id, created_at, finished_at)
         SELECT gen_random_uuid(), gen_random_uuid(), 'backup', 'storage.create', $1, $2, now() - interval '9 days',
                now() - $3::interval FROM generate_series(1, $4)`,
        [status, organization, finished, count],
      );
    await insert('succeeded', '7 days 1 hour', MANY);
    await insert('succeeded', '6 days 23 hours', 1);
    await insert('queued', null, 1);
    await forget();
    expect(await countOf('storage_operations', 'organization_id', organization)).toBe(2);
  });

  it('deletes published events after a day, and none that is still to be published', async () => {
    const organization = randomUUID();
    await worker.database.query(
      `INSERT INTO outbox (message_id, event, organization_id, data, sent_at)
       SELECT gen_random_uuid(), 'storage.deleted', $1, '{}', now() - age
         FROM unnest(ARRAY['25 hours', '23 hours', NULL]::interval[]) AS age`,
      [organization],
    );
    await forget();
    expect(await countOf('outbox', 'organization_id', organization)).toBe(2);
  });

  it('deletes the outcome of a request after a day', async () => {
    const [old, recent] = [randomUUID(), randomUUID()];
    await worker.database.query(
      `INSERT INTO request_outcomes VALUES ($1, '{}', now() - interval '25 hours'), ($2, '{}', now())`,
      [old, recent],
    );
    await forget();
    expect(await countOf('request_outcomes', 'request_id', old)).toBe(0);
    expect(await countOf('request_outcomes', 'request_id', recent)).toBe(1);
  });

  it('deletes what is left of a deleted backup after 30 days, and never a completed one', async () => {
    const config = randomUUID();
    await worker.database.query(
      `INSERT INTO backups (id, organization_id, storage_config_id, state, sequence, reported_at)
       SELECT gen_random_uuid(), $1, $1, state, 1, now() - age
         FROM (VALUES ('deleted', interval '31 days'), ('deleted', interval '29 days'),
                      ('completed', interval '400 days')) AS backup (state, age)`,
      [config],
    );
    await forget();
    expect(await countOf('backups', 'storage_config_id', config)).toBe(2);
  });
});
