import { randomUUID } from 'node:crypto';
import type { GatewayReply, StorageConfig, TestResult } from '@stowage/contracts';
import { createDataSource } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { Tenants } from '../tenants/tenants.js';
import { TestWorker } from '../testing/test-worker.js';
import { UnopenedAudit } from './unopened-audit.js';

interface Entry {
  storage_config_id: string;
  actor: string;
  outcome: string;
  detail: object;
  position: string;
}

describeOnDatabase('the audit of records that do not open', (database) => {
  let worker: TestWorker;
  let observer: DataSource;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
    observer = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
  }, 60_000);
  afterAll(async () => {
    await worker.stop();
    await observer.destroy();
  });
  beforeEach(() => void (organization = randomUUID()));

  const create = async (of = organization): Promise<string> => {
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      organization_id: of,
      config: { name: randomUUID(), provider: 'minio', endpoint_url: 'https://s3.example.com', bucket: 'backups' },
      credentials: await worker.sealed({ access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' }),
    });
    if (!reply.ok) throw new Error(reply.error.detail);
    return reply.result.id;
  };
  const sealedIn = async (id: string): Promise<string> => {
    const [row] = await observer.query(
      `SELECT encode(credentials_ct, 'hex') AS ct FROM storage_configs WHERE id = $1`,
      [id],
    );
    return row.ct;
  };
  /** As somebody who can write to the database, and has no key. */
  const copy = (from: string, to: string): Promise<unknown> =>
    observer.query(
      `UPDATE storage_configs SET (credentials_ct, credentials_kid) =
              (SELECT credentials_ct, credentials_kid FROM storage_configs WHERE id = $1) WHERE id = $2`,
      [from, to],
    );
  const use = async (id: string): Promise<string> => {
    const answer = await worker.askAsService('storage.config.get', {
      organization_id: organization,
      storage_config_id: id,
      purpose: 'read',
    });
    return (answer['error'] as { code: string }).code;
  };
  const entries = (): Promise<Entry[]> =>
    observer.query(
      `SELECT storage_config_id, actor, outcome, detail, position FROM storage_audit
        WHERE organization_id = $1 AND action = 'credentials.unavailable' ORDER BY position`,
      [organization],
    );

  it.each([
    ['the same organization', () => create()],
    ['another organization', () => create(randomUUID())],
  ])('names a record that was copied from %s, and leaves it as it is', async (_whose, createOther) => {
    const [id, other] = [await create(), await createOther()];
    await copy(other, id);
    const before = await sealedIn(id);
    expect(await use(id)).toBe('credentials.unavailable');
    const [entry] = await eventually(async () => (await entries()).length > 0 && entries());
    expect(entry).toMatchObject({
      storage_config_id: id,
      actor: 'system',
      outcome: 'failed',
      detail: { reason: 'corrupt' },
      position: expect.any(String),
    });
    expect(await sealedIn(id)).toBe(before);
  });

  it('has one entry an hour for a record, however often and by how many workers it is tried', async () => {
    const [id, other, third] = [await create(), await create(), await create()];
    await copy(other, id);
    await copy(other, third);
    await Promise.all([use(id), use(id), use(third)]);
    await eventually(async () => (await entries()).length === 2);
    await use(id);
    const ofAnotherWorker = new UnopenedAudit(worker.app.get(Tenants, { strict: false }));
    ofAnotherWorker.note({ id, organizationId: organization }, 'corrupt');
    await ofAnotherWorker.beforeApplicationShutdown();
    const test = await worker.ask<TestResult>('storage.test', {
      organization_id: organization,
      storage_config_id: id,
      depth: 'quick',
    });
    expect(test).toMatchObject({ ok: false, error: { code: 'credentials.unavailable' } });
    expect((await entries()).map(({ storage_config_id }) => storage_config_id).sort()).toEqual([id, third].sort());
  });
});
