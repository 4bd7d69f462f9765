import { randomUUID } from 'node:crypto';
import type { Problem, TestResult } from '@stowage/contracts';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { TEST_RESULT } from '../testing/bodies.js';
import { storedConfig } from '../testing/rows.js';
import { type Answer, TestGateway, TestOrganization } from '../testing/test-gateway.js';

const KEYS = { access_key: 'AKIACANARYCANARY1234', secret_key: 'canary-secret-canary-secret-canary' };
const AWS = { provider: 'aws_s3', bucket: 'backups', ...KEYS };
const minio = (endpoint_url: string) => ({ provider: 'minio', bucket: 'backups', endpoint_url, ...KEYS });

describeOnDatabase('the rates of storage tests', (database) => {
  let gateways: TestGateway[];
  let organization: TestOrganization;
  let user: string;

  beforeAll(async () => {
    gateways = [
      await TestGateway.start(database.url, { testRates: 'shared' }),
      await TestGateway.start(database.url, { testRates: 'shared' }),
    ];
  }, 60_000);
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
  });
  beforeEach(async () => {
    organization = new TestOrganization();
    user = await organization.tokenOf(randomUUID());
    for (const { worker } of gateways) {
      worker.on('storage.test', () => TEST_RESULT);
      worker.on('egress.report_scan', () => null);
    }
    await gateways[0]!.dataSource.query('TRUNCATE test_attempts');
  });
  afterEach(() => gateways.forEach(({ worker }) => worker.reset()));

  const test = (body: object, { token = user, of = organization, at = 0 } = {}) =>
    gateways[at]!.request<TestResult & Problem>('POST', `/storage-configs/test-connection?organization_id=${of.id}`, {
      token,
      body,
    });
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
  /** One after the other, by turns at both gateways. */
  const testTimes = async (
    count: number,
    body: (index: number) => object,
    options: Parameters<typeof test>[1] = {},
  ) => {
    const answers = [];
    for (let index = 0; index < count; index++) answers.push(await test(body(index), { ...options, at: index % 2 }));
    return answers;
  };
  const expectRefused = ({ status, headers, body }: Answer<Problem>, sentence: RegExp) => {
    expect({ body, status }).toMatchObject({ status: 429, body: { code: 'request.rate_limited' } });
    expect(body.detail).toMatch(sentence);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body.detail).toContain(`Try again in ${headers.get('retry-after')} seconds.`);
  };
  /** As if it were later. */
  const age = (seconds: number) =>
    gateways[0]!.dataSource.query('UPDATE test_attempts SET started_at = started_at - make_interval(secs => $1)', [
      seconds,
    ]);

  it('let a user run 10 tests a minute, whichever gateway takes them, and say when the next may come', async () => {
    expect(statuses(await testTimes(10, () => AWS))).toEqual(Array(10).fill(200));
    for (const at of [0, 1]) expectRefused(await test(AWS, { at }), /^You may run 10 storage tests a minute\./);
    expect(Number((await test(AWS)).headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(gateways.flatMap(({ worker }) => worker.received)).toHaveLength(10);
    await age(60);
    expect((await test(AWS)).status).toBe(200);
  });

  it('count a saved storage like one that is not', async () => {
    const row = await storedConfig(gateways[0]!.dataSource, { organizationId: organization.id });
    await testTimes(10, () => AWS);
    const answer = await gateways[0]!.refused('POST', `/storage-configs/${row.id}/test`, { token: user });
    expectRefused(answer, /^You may run/);
  });

  it('do not count what was refused, nor what another user does', async () => {
    await testTimes(12, () => AWS);
    expect((await test(AWS, { token: await organization.tokenOf(randomUUID()) })).status).toBe(200);
    const [{ attempts }] = await gateways[0]!.dataSource.query('SELECT count(*)::int AS attempts FROM test_attempts');
    expect(attempts).toBe(11);
  });

  it('let an organization run 20 tests a minute', async () => {
    for (const name of ['a', 'b']) await testTimes(10, () => AWS, { token: await organization.tokenOf(name) });
    expectRefused(
      await test(AWS, { token: await organization.tokenOf('c') }),
      /^An organization may run 20 storage tests a minute\./,
    );
  });

  it('let an organization run two tests at the same time, of a crowd that comes at once to both gateways', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    for (const { worker } of gateways) worker.on('storage.test', () => held.then(() => TEST_RESULT));
    const crowd = Array.from({ length: 8 }, async (_, index) => {
      const answer = await test(AWS, { at: index % 2 });
      if (answer.status === 429) refused.push(answer);
      if (refused.length === 6) release();
      return answer;
    });
    const refused: Answer<Problem>[] = [];
    const answers = await Promise.all(crowd);
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(2);
    expect(refused).toHaveLength(6);
    expectRefused(refused[0]!, /^An organization may run 2 storage tests at the same time\./);
    for (const { worker } of gateways) worker.on('storage.test', () => TEST_RESULT);
    expect((await test(AWS)).status).toBe(200);
  });

  it('give back the place of a gateway that died in the middle of a test', async () => {
    const hold = (leasedUntil: string) =>
      gateways[0]!.dataSource.query(
        `INSERT INTO test_attempts (id, user_id, tenant_id, leased_until) VALUES ($1, 'dead', $2, ${leasedUntil})`,
        [randomUUID(), organization.id],
      );
    await hold(`now() + interval '20 s'`);
    await hold(`now() + interval '20 s'`);
    expectRefused(await test(AWS), /at the same time/);
    await gateways[0]!.dataSource.query(`UPDATE test_attempts SET leased_until = now() WHERE user_id = 'dead'`);
    expect((await test(AWS)).status).toBe(200);
  });

  it('let a host be tested 6 times a minute, by whomever, and leave other hosts and the vendors alone', async () => {
    expect(statuses(await testTimes(6, () => minio('https://s3.example.com')))).toEqual(Array(6).fill(200));
    const other = new TestOrganization();
    const stranger = await other.tokenOf(randomUUID());
    expectRefused(
      await test(minio('https://S3.example.com:9000'), { token: stranger, of: other }),
      /^The host s3\.example\.com may be tested 6 times a minute\./,
    );
    expect((await test(minio('https://s3.example.org'), { token: stranger, of: other })).status).toBe(200);
    expect((await test(AWS, { token: stranger, of: other })).status).toBe(200);
  });

  it('stop an organization that tries one address after the other, and report it', async () => {
    const scan = (index: number) => ({
      provider: 'sftp',
      host: `192.0.2.${Math.floor(index / 2)}`,
      port: 2200 + index,
      access_key: 'a',
      secret_key: 'b',
    });
    await testTimes(10, scan);
    await age(60);
    const eleventh = await test(scan(10));
    expectRefused(eleventh, /^An organization may test 10 different addresses an hour\./);
    expect(Number(eleventh.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(gateways[0]!.worker.received.at(-1)).toMatchObject({
      method: 'egress.report_scan',
      request: { organization_id: organization.id, scan: { host: '192.0.2.5', port: 2210 } },
    });
    expect((await test(scan(3))).status).toBe(200);
    await age(3600);
    expect((await test(scan(10))).status).toBe(200);
  });

  it('refuse also when nobody can write the audit', async () => {
    await gateways[0]!.dataSource.query(
      `INSERT INTO test_attempts (id, user_id, tenant_id, host, port, started_at, leased_until)
       SELECT gen_random_uuid(), 'u', $1, 'h' || n, 22, now() - interval '10 min', now() FROM generate_series(1, 10) n`,
      [organization.id],
    );
    gateways[0]!.worker.on('egress.report_scan', () => {
      throw new Error('away');
    });
    expectRefused(await test(minio('https://s3.example.com')), /different addresses/);
  });

  it('refuse a streamed test with a problem document, before the stream begins', async () => {
    await testTimes(10, () => AWS);
    const answer = await gateways[0]!.refused(
      'POST',
      `/storage-configs/test-connection?organization_id=${organization.id}`,
      { token: user, body: AWS, headers: { accept: 'text/event-stream' } },
    );
    expectRefused(answer, /^You may run/);
  });

  it('forget attempts that are older than an hour', async () => {
    await testTimes(3, () => AWS);
    await age(3601);
    await test(AWS);
    const rows = await gateways[0]!.dataSource.query('SELECT FROM test_attempts');
    expect(rows).toHaveLength(1);
  });
});
