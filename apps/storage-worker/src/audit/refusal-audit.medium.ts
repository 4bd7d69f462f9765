import { randomUUID } from 'node:crypto';
import { EXCHANGES } from '@stowage/contracts';
import { createDataSource } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

interface Entry {
  actor: string;
  organization_id: string | null;
  outcome: string;
  position: string;
  detail: { code: string; routing_key: string; times: number; user_id: string | null };
}

describeOnDatabase('the audit of refused services', (database) => {
  let worker: TestWorker;
  let observer: DataSource;

  beforeAll(async () => {
    observer = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
  });
  afterAll(() => observer.destroy());
  beforeEach(async () => void (worker = await TestWorker.start(database.url)), 60_000);
  afterEach(() => worker.stop());

  const ask = (data: object = {}, message: object = {}) =>
    worker.askAsService('storage.default.get', { organization_id: randomUUID(), purpose: 'write', ...data }, message);
  const entries = (code: string): Promise<Entry[]> =>
    observer.query(
      `SELECT actor, organization_id, outcome, position, detail FROM storage_audit
        WHERE action = 'service.refused' AND detail->>'code' = $1 ORDER BY position`,
      [code],
    );

  it('tells the first at once, and how many followed, in the chain of the platform', async () => {
    const recipient = 'another-service';
    await ask({ recipient });
    const [first] = await eventually(async () => {
      const found = await entries('request.recipient');
      return found.length > 0 && found;
    });
    expect(first).toEqual({
      actor: `service:${SERVICE.name}`,
      organization_id: null,
      outcome: 'failed',
      position: expect.any(String),
      detail: { code: 'request.recipient', routing_key: 'storage.default.get', times: 1, user_id: SERVICE.amqpUser },
    });
    await Promise.all(Array.from({ length: 30 }, () => ask({ recipient })));
    expect(await entries('request.recipient')).toHaveLength(1);
    await worker.app.close();
    expect((await entries('request.recipient')).map(({ detail }) => detail.times)).toEqual([1, 30]);
  });

  it('names the broker user of somebody who is not registered', async () => {
    await ask({ recipient: 'somebody' }, { user_id: 'some\u0000body' });
    const [entry] = await eventually(async () => {
      const found = await entries('request.user_id');
      return found.length > 0 && found;
    });
    expect(entry).toMatchObject({ actor: 'system', detail: { user_id: 'some?body' } });
  });

  it('tells of refused commands, whether or not they could be read', async () => {
    const command = { exchange: EXCHANGES.commands, routing_key: 'storage.test', user_id: SERVICE.amqpUser };
    await worker.broker.publish({ ...command, message_id: randomUUID(), data: { secret_key: 'in clear' } });
    await worker.broker.publish({ ...command, message_id: randomUUID(), data: null });
    for (const code of ['credentials.not_sealed', 'request.validation']) {
      const [entry] = await eventually(async () => {
        const found = await entries(code);
        return found.length > 0 && found;
      });
      expect(entry!.detail).toMatchObject({ routing_key: 'storage.test', times: 1 });
    }
  });

  it('has no entry for an answer that only tells how a storage is', async () => {
    await expect(ask()).resolves.toMatchObject({ error: { code: 'storage.default.none' } });
    await worker.app.close();
    expect(await entries('storage.default.none')).toEqual([]);
  });
});
