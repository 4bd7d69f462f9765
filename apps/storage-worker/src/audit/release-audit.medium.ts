import { randomUUID } from 'node:crypto';
import type { GatewayReply, StorageConfig } from '@stowage/contracts';
import { createDataSource } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

describeOnDatabase('the audit of releases', (database) => {
  let worker: TestWorker;
  let observer: DataSource;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
    observer = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
  }, 60_000);
  afterAll(() => observer.destroy());
  beforeEach(() => void (organization = randomUUID()));

  const create = async (): Promise<string> => {
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      organization_id: organization,
      config: { name: 'Nightly', provider: 'minio', endpoint_url: 'https://s3.example.com', bucket: 'backups' },
      credentials: await worker.sealed({ access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' }),
    });
    if (!reply.ok) throw new Error(reply.error.detail);
    return reply.result.id;
  };
  const release = () => worker.askAsService('storage.default.get', { organization_id: organization, purpose: 'write' });
  const entries = (): Promise<{ actor: string; storage_config_id: string; releases: number }[]> =>
    observer.query(
      `SELECT actor, storage_config_id, (detail->>'releases')::int AS releases FROM storage_audit
        WHERE organization_id = $1 AND action = 'storage.release' ORDER BY position`,
      [organization],
    );
  const recorded = async () => (await entries()).reduce((sum, { releases }) => sum + releases, 0);

  it('counts each, of the same storage to the same service in few entries', async () => {
    const id = await create();
    await Promise.all(Array.from({ length: 50 }, release));
    await eventually(async () => (await recorded()) === 50);
    const found = await entries();
    expect(found.length).toBeLessThan(10);
    expect(found[0]).toMatchObject({ actor: `service:${SERVICE.name}`, storage_config_id: id });
  });

  it('has no entry for what was refused', async () => {
    await expect(release()).resolves.toMatchObject({ error: { code: 'storage.default.none' } });
    await create();
    await release();
    await eventually(async () => (await recorded()) === 1);
  });

  it('is made up for when the database did not take it at first', async () => {
    await create();
    await observer.query('ALTER TABLE storage_audit RENAME TO storage_audit_away');
    await release();
    await new Promise((resolve) => setTimeout(resolve, 600));
    await release();
    await observer.query('ALTER TABLE storage_audit_away RENAME TO storage_audit');
    await eventually(async () => (await recorded()) === 2);
  });

  it('is written before a worker goes', async () => {
    await create();
    await release();
    await worker.stop();
    await expect(recorded()).resolves.toBe(1);
  });
});
