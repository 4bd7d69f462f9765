import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { EgressAllowances } from '@stowage/contracts';
import type { EgressPolicy } from '@stowage/providers';
import { createDialer } from '@stowage/providers/open';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { eventually } from '../testing/eventually.js';
import { TestWorker } from '../testing/test-worker.js';
import { EGRESS_POLICY } from './egress-policy.js';

const FROM_ENVIRONMENT = { cidr: '10.1.0.0/16', ports: [22], providers: ['sftp'] };
const ENTERED = { cidr: '10.2.0.0/16', ports: [9000], providers: ['minio'], organization_ids: null, note: null };

describeOnDatabase('the egress allowances', (database) => {
  let workers: TestWorker[];

  beforeAll(async () => {
    const variables = { EGRESS_ALLOW: JSON.stringify([FROM_ENVIRONMENT]) };
    workers = [await TestWorker.start(database.url, variables), await TestWorker.start(database.url, variables)];
  }, 60_000);
  afterAll(async () => {
    for (const worker of workers) await worker.stop();
  });

  const replace = (allowances: unknown[]) =>
    workers[0]!.ask<EgressAllowances>('egress.replace_allowances', { config: { allowances } });
  const policyOf = (worker: TestWorker): EgressPolicy => worker.app.get(EGRESS_POLICY, { strict: false });
  const ruleEverywhere = (allow: unknown[]) =>
    eventually(async () => workers.every((worker) => isDeepStrictEqual(policyOf(worker).allow, allow)));

  it('rule at every worker when they are replaced, beside those of the environment', async () => {
    for (const worker of workers) expect(policyOf(worker).allow).toEqual([FROM_ENVIRONMENT]);
    await expect(replace([ENTERED])).resolves.toEqual({ ok: true, result: { allowances: [ENTERED] } });
    const { cidr, ports, providers } = ENTERED;
    await ruleEverywhere([FROM_ENVIRONMENT, { cidr, ports, providers }]);
    await replace([]);
    await ruleEverywhere([FROM_ENVIRONMENT]);
    const told = await workers[0]!.database.query(
      `SELECT organization_id, data -> 'changed' AS changed FROM outbox WHERE event = 'storage.settings.changed'`,
    );
    const event = { organization_id: null, changed: ['egress_allowances'] };
    expect(told).toEqual([event, event]);
  });

  it('are there from the start of a worker', async () => {
    await replace([ENTERED]);
    const late = await TestWorker.start(database.url);
    try {
      expect(policyOf(late).allow).toMatchObject([{ cidr: ENTERED.cidr }]);
    } finally {
      await late.stop();
      await replace([]);
    }
  });

  it('open a network to the organizations that they name, and to nobody else', async () => {
    const [friend, stranger] = [randomUUID(), randomUUID()];
    await replace([{ ...ENTERED, organization_ids: [friend.toUpperCase()] }]);
    await eventually(async () => policyOf(workers[1]!).allow.some(({ organization_ids }) => organization_ids));
    const dial = async (organizationId: string | null): Promise<unknown> => {
      const dialer = createDialer(policyOf(workers[1]!), { provider: 'minio', organizationId });
      const target = { host: '10.2.255.254', port: 9000, signal: AbortSignal.timeout(300) };
      return dialer.connect(target).then(
        (socket) => socket.destroy(),
        (error: { code: string }) => error.code,
      );
    };
    for (const denied of [stranger, null]) await expect(dial(denied)).resolves.toBe('target.forbidden');
    await expect(dial(friend)).resolves.not.toBe('target.forbidden');
    await replace([]);
  });

  it('are refused whole when one of them is too wide or reaches what is never dialled', async () => {
    await replace([ENTERED]);
    const refused = await replace([
      ENTERED,
      { ...ENTERED, cidr: '10.0.0.0/8' },
      { ...ENTERED, cidr: '169.254.0.0/16' },
      { ...ENTERED, ports: [5432] },
    ]);
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: 'request.validation',
        errors: [
          { field: 'allowances[1]', message: expect.stringContaining('wider than /16') },
          { field: 'allowances[2]', message: expect.stringContaining('never dialled') },
          { field: 'allowances[3]', message: expect.stringContaining('port 5432 is never dialled') },
        ],
      },
    });
    const rows = await workers[0]!.database.query('SELECT cidr FROM egress_allowances');
    expect(rows).toEqual([{ cidr: ENTERED.cidr }]);
    await replace([]);
  });

  it('leave out a row that was written past the rules', async () => {
    await workers[0]!.database.query(
      `INSERT INTO egress_allowances (position, cidr, ports, providers)
       VALUES (0, '0.0.0.0/0', '{22}', '{sftp}'), (1, '10.9.0.0/16', '{22}', '{sftp}')`,
    );
    await ruleEverywhere([FROM_ENVIRONMENT, { cidr: '10.9.0.0/16', ports: [22], providers: ['sftp'] }]);
    await replace([]);
  });

  it('are audited, with the networks before and after', async () => {
    await replace([ENTERED]);
    await replace([]);
    const [entry] = await workers[0]!.database.query(
      `SELECT actor, organization_id, detail FROM storage_audit WHERE action = 'egress.allowances.replace'
        ORDER BY id DESC LIMIT 1`,
    );
    expect(entry).toEqual({
      actor: 'user:user-1',
      organization_id: null,
      detail: { before: [ENTERED.cidr], after: [] },
    });
  });
});
