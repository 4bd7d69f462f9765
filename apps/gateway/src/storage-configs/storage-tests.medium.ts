import { StowageError, type TestResult } from '@stowage/contracts';
import { unseal } from '@stowage/encryption';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { TEST_RESULT } from '../testing/bodies.js';
import { storedConfig } from '../testing/rows.js';
import { platformToken, TestGateway, TestOrganization } from '../testing/test-gateway.js';

const BODY = {
  name: 'Test R2 Config',
  provider: 'cloudflare_r2',
  bucket: 'oecsh-backups',
  account_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  access_key: 'AKIACANARYCANARY1234',
  secret_key: 'canary-secret-canary-secret-canary',
  path_prefix: 'backups/',
};

describeOnDatabase('storage tests', (database) => {
  let gateway: TestGateway;
  let token: string;
  const organization = new TestOrganization();
  const testConnection = `/storage-configs/test-connection?organization_id=${organization.id}`;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await organization.token();
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(() => gateway.worker.reset());

  it('tests what is not saved, with its secrets sealed', async () => {
    gateway.worker.on('storage.test', () => TEST_RESULT);
    const answer = await gateway.request<TestResult>('POST', testConnection, { token, body: BODY });
    expect(answer).toMatchObject({ status: 200, body: TEST_RESULT });
    const { request, raw } = gateway.worker.received[0]!;
    const { access_key, secret_key, ...config } = BODY;
    expect(request).toMatchObject({
      organization_id: organization.id,
      storage_config_id: null,
      depth: 'quick',
      config,
    });
    expect(raw).not.toContain(secret_key);
    await expect(unseal(request.credentials!, gateway.workerKeys.keys)).resolves.toEqual({ access_key, secret_key });
  });

  it('answers a failed test with 200', async () => {
    const failed = {
      ...TEST_RESULT,
      success: false,
      message: 'Connection failed: The specified bucket does not exist',
      code: 'container.not_found',
      bucket_exists: false,
      can_write: null,
      can_read: null,
      can_delete: null,
      latency_ms: null,
    };
    gateway.worker.on('storage.test', () => failed);
    await expect(gateway.request('POST', testConnection, { token, body: BODY })).resolves.toMatchObject({
      status: 200,
      body: failed,
    });
  });

  it.each([
    ['no body at all', undefined, {}],
    ['{}', {}, {}],
    ['a JSON type and no body', undefined, { 'content-type': 'application/json' }],
  ])('tests what is saved, with %s', async (_what, body, headers) => {
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    gateway.worker.on('storage.test', () => TEST_RESULT);
    const path = `/storage-configs/${row.id}/test?depth=full`;
    await expect(gateway.request('POST', path, { token, body, headers })).resolves.toMatchObject({ status: 200 });
    expect(gateway.worker.lastRequest).toMatchObject({
      organization_id: organization.id,
      storage_config_id: row.id,
      depth: 'full',
      config: null,
      credentials: null,
    });
  });

  it('tests for the platform', async () => {
    gateway.worker.on('storage.test', () => TEST_RESULT);
    const row = await storedConfig(gateway.dataSource);
    const platform = await platformToken();
    await gateway.request('POST', '/platform/storage-configs/test-connection', { token: platform, body: BODY });
    expect(gateway.worker.lastRequest).toMatchObject({ organization_id: null, storage_config_id: null });
    await gateway.request('POST', `/platform/storage-configs/${row.id}/test`, { token: platform });
    expect(gateway.worker.lastRequest).toMatchObject({ organization_id: null, storage_config_id: row.id });
  });

  it('refuses an unknown depth', async () => {
    await expect(gateway.refused('POST', `${testConnection}&depth=deep`, { token, body: BODY })).resolves.toMatchObject(
      { status: 422, body: { errors: [{ field: 'depth' }] } },
    );
  });

  it('answers 503 without a worker', async () => {
    await gateway.worker.stop();
    try {
      const answer = await gateway.refused('POST', testConnection, { token, body: BODY });
      expect(answer).toMatchObject({ status: 503, body: { code: 'request.unavailable' } });
    } finally {
      await gateway.worker.start();
    }
  });

  describe('as a stream of events', () => {
    const stream = () =>
      gateway.request<string>('POST', testConnection, { token, body: BODY, headers: { accept: 'text/event-stream' } });

    it('tells each step as it ends, then the result', async () => {
      const steps = ['connect', 'authenticate', 'container'].map((name) => ({
        name,
        status: 'ok',
        duration_ms: 1,
        message: null,
      }));
      gateway.worker.on('storage.test', async (_request, progress) => {
        for (const step of steps) await progress(step);
        return TEST_RESULT;
      });
      const answer = await stream();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      expect(eventsOf(answer.body)).toEqual([
        ...steps.map((data) => ({ event: 'check', data })),
        { event: 'result', data: TEST_RESULT },
      ]);
    });

    it('hands over the first step while the test still runs', async () => {
      let finish = (): void => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      gateway.worker.on('storage.test', async (_request, progress) => {
        await progress(TEST_RESULT.checks[0]);
        await finished;
        return TEST_RESULT;
      });
      const target = new URL(`/api/v1/backups${testConnection}`, gateway.url);
      const response = await gateway.fetch('POST', target, {
        token,
        body: BODY,
        headers: { accept: 'text/event-stream' },
      });
      const reader = response.body!.getReader();
      const first = await reader.read();
      expect(Buffer.from(first.value).toString()).toContain('event: check');
      finish();
      const second = await reader.read();
      expect(Buffer.from(second.value).toString()).toContain('event: result');
      await expect(reader.read()).resolves.toMatchObject({ done: true });
    });

    it('answers a refusal before the first step as any other', async () => {
      gateway.worker.on('storage.test', () => {
        throw new StowageError('settings.provider_disabled', 'Cloudflare R2 is not enabled on this platform.');
      });
      await expect(stream()).resolves.toMatchObject({ status: 403, body: { code: 'settings.provider_disabled' } });
    });

    it('ends with a problem when it fails midway', async () => {
      gateway.worker.on('storage.test', async (_request, progress) => {
        await progress(TEST_RESULT.checks[0]);
        throw new StowageError('request.unavailable', 'The worker is going down.');
      });
      const events = eventsOf((await stream()).body);
      expect(events.at(-1)).toMatchObject({ event: 'problem', data: { code: 'request.unavailable', status: 503 } });
    });

    it('streams a saved test too', async () => {
      const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
      gateway.worker.on('storage.test', () => TEST_RESULT);
      const answer = await gateway.request<string>('POST', `/storage-configs/${row.id}/test`, {
        token,
        headers: { accept: 'text/event-stream' },
      });
      expect(eventsOf(answer.body)).toEqual([{ event: 'result', data: TEST_RESULT }]);
    });
  });
});

function eventsOf(text: string): { event: string; data: unknown }[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [, event, data] = /^event: (.+)\ndata: (.+)$/.exec(block)!;
      return { event: event!, data: JSON.parse(data!) as unknown };
    });
}
