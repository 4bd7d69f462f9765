import { randomUUID } from 'node:crypto';
import type { GatewayReply, StorageConfig } from '@stowage/contracts';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { Metrics } from '../metrics/metrics.js';
import { eventually } from '../testing/eventually.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

const ASKED = 1000;
const AT_ONCE = 50;

describeOnDatabase('a service that asks for the storages of a thousand organizations', (database) => {
  let worker: TestWorker;
  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      config: { name: 'Platform', provider: 'minio', endpoint_url: 'https://s3.example.com', bucket: 'backups' },
      credentials: await worker.sealed({ access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' }),
    });
    if (!reply.ok) throw new Error(reply.error.detail);
  }, 60_000);
  afterAll(() => worker.stop());

  const releases = async (): Promise<number> => {
    const text = await worker.app.get(Metrics, { strict: false }).registry.metrics();
    return Number(new RegExp(`^storage_releases_total{service="${SERVICE.name}"} (\\d+)$`, 'm').exec(text)?.[1]);
  };

  it('is counted from nought, so that the first thousand are an increase', async () => {
    expect(await releases()).toBe(0);
  });

  it('gets each, counted in the metric that the alarm reads, and each in the audit', async () => {
    const organizations = Array.from({ length: ASKED }, () => randomUUID());
    const refused: unknown[] = [];
    for (let first = 0; first < ASKED; first += AT_ONCE) {
      const asking = organizations
        .slice(first, first + AT_ONCE)
        .map((organization_id) => worker.askAsService('storage.default.get', { organization_id, purpose: 'write' }));
      refused.push(...(await Promise.all(asking)).filter(({ ok }) => !ok));
    }
    expect(refused).toEqual([]);
    expect(await releases()).toBe(ASKED);
    await eventually(async () => {
      const [row]: { audited: number }[] = await worker.database.query(
        `SELECT count(DISTINCT organization_id)::int AS audited FROM storage_audit
          WHERE action = 'storage.release' AND actor = $1`,
        [`service:${SERVICE.name}`],
      );
      return row?.audited === ASKED;
    });
  }, 120_000);
});
