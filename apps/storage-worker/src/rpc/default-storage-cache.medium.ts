import { randomUUID } from 'node:crypto';
import type { GatewayReply, StorageConfig, StorageLocation } from '@stowage/contracts';
import { Client } from 'pg';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { recordEvent } from '../outbox/outbox.js';
import { eventually } from '../testing/eventually.js';
import { TestWorker } from '../testing/test-worker.js';

type Answer = Awaited<ReturnType<TestWorker['askAsService']>> & {
  storage: StorageLocation | null;
  error: { code: string } | null;
};

describeOnDatabase('the default storage', (database) => {
  let worker: TestWorker;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
  }, 60_000);
  afterAll(() => worker?.stop(), 30_000);
  beforeEach(() => {
    organization = randomUUID();
  });

  const ask = (organization_id = organization) =>
    worker.askAsService('storage.default.get', { organization_id, purpose: 'write' }) as Promise<Answer>;
  /** After the events of what was written so far, so that the answer is kept. */
  async function askWhenQuiet(): Promise<void> {
    await eventually(
      async () => (await worker.database.query('SELECT FROM outbox WHERE sent_at IS NULL')).length === 0,
    );
    await ask();
  }
  async function create(name: string): Promise<StorageConfig> {
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      organization_id: organization,
      config: { name, provider: 'minio', endpoint_url: 'https://s3.example.com:9000', bucket: 'backups' },
      credentials: await worker.sealed({ access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' }),
    });
    if (!reply.ok) throw new Error(JSON.stringify(reply.error));
    return reply.result;
  }

  it('is what was written a moment ago through the same worker', async () => {
    expect((await ask()).error?.code).toBe('storage.default.none');
    const { id } = await create('first');
    expect((await ask()).storage?.name).toBe('first');
    await worker.ask('storage.update', {
      organization_id: organization,
      storage_config_id: id,
      config: { name: 'new' },
    });
    expect((await ask()).storage?.name).toBe('new');
    await worker.ask('storage.delete', { organization_id: organization, storage_config_id: id });
    expect((await ask()).error?.code).toBe('storage.default.none');
  });

  it('is asked of the database once, until an event of whatever worker says that it has changed', async () => {
    const { id } = await create('before');
    await askWhenQuiet();
    await worker.database.query(`UPDATE storage_configs SET name = 'after' WHERE id = $1`, [id]);
    expect((await ask()).storage?.name).toBe('before');
    await worker.database.transaction((manager) =>
      recordEvent(manager, {
        event: 'storage.default.changed',
        organizationId: organization,
        storageConfigId: id,
        data: { previous_id: null },
      }),
    );
    await eventually(async () => (await ask()).storage?.name === 'after');
  });

  it('is answered while the database is away, where it was asked for before', async () => {
    await create('kept');
    await askWhenQuiet();
    await whileAway(database.url, async () => {
      expect((await ask()).storage?.name).toBe('kept');
      expect(await ask(randomUUID())).toMatchObject({ ok: false, error: { code: 'request.unavailable' } });
    });
    await eventually(async () => (await ask(randomUUID())).error?.code === 'storage.default.none');
  });
});

/** Refuses every connection to the database, and breaks those that are open. */
async function whileAway(databaseUrl: string, work: () => Promise<void>): Promise<void> {
  const { pathname } = new URL(databaseUrl);
  const name = pathname.slice(1);
  const server = new Client({ connectionString: Object.assign(new URL(databaseUrl), { pathname: '/postgres' }).href });
  await server.connect();
  try {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await work();
  } finally {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await server.end();
  }
}
