import { randomUUID } from 'node:crypto';
import { type GatewayReply, type StorageConfig, StowageError } from '@stowage/contracts';
import { unseal } from '@stowage/encryption';
import { RequestOutcomeEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { R2_BODY } from '../testing/bodies.js';
import { answered, storedConfig } from '../testing/rows.js';
import { SILENCE } from '../testing/scripted-worker.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';

describeOnDatabase('/storage-configs', (database) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(() => gateway.worker.reset());

  async function member() {
    const organization = new TestOrganization();
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    return { organization, row, token: await organization.token() };
  }

  describe('POST', () => {
    const create = (organizationId: string, options: Parameters<TestGateway['request']>[2]) =>
      gateway.request<StorageConfig>('POST', `/storage-configs?organization_id=${organizationId}`, {
        body: R2_BODY,
        ...options,
      });

    it('answers what the worker created, with its ETag', async () => {
      const { organization, row, token } = await member();
      const created = answered(row, {
        warnings: [{ code: 'config.path_prefix', message: 'path_prefix is kept as a/' }],
      });
      gateway.worker.on('storage.create', () => created);
      const answer = await create(organization.id, { token });
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual(created);
      expect(answer.headers.get('etag')).toBe('"1"');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it('seals every secret to the worker and sends none in clear', async () => {
      const { organization, row, token } = await member();
      gateway.worker.on('storage.create', () => answered(row));
      await create(organization.id, { token });
      const { request, raw } = gateway.worker.received[0]!;
      expect(raw).not.toContain(R2_BODY.access_key);
      expect(raw).not.toContain(R2_BODY.secret_key);
      const { access_key, secret_key, ...config } = R2_BODY;
      expect(request.config).toEqual(config);
      await expect(unseal(request.credentials!, gateway.workerKeys.keys)).resolves.toEqual({ access_key, secret_key });
    });

    it('tells the worker who asks, for whom, and under which names', async () => {
      const { organization, row, token } = await member();
      gateway.worker.on('storage.create', () => answered(row));
      const answer = await create(organization.id, { token, headers: { 'idempotency-key': 'order-42' } });
      expect(gateway.worker.lastRequest).toMatchObject({
        actor: { id: 'user-1', kind: 'user', ip: '127.0.0.1' },
        organization_id: organization.id,
        storage_config_id: null,
        idempotency_key: 'order-42',
        if_version: null,
        request_id: answer.headers.get('x-request-id'),
      });
    });

    it('refuses what the provider does not allow before it asks the worker', async () => {
      const { organization, token } = await member();
      const { account_id: _missing, ...body } = R2_BODY;
      const answer = await gateway.refused('POST', `/storage-configs?organization_id=${organization.id}`, {
        token,
        body,
      });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'request.validation', detail: 'Account ID is required for Cloudflare R2' },
      });
      expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'account_id' })]);
      expect(gateway.worker.received).toEqual([]);
    });

    const BYOS_OFF =
      'Organization storage configuration is not enabled on this platform. Contact your platform administrator.';
    it.each([
      { refusal: new StowageError('config.name_taken', 'The name is used already.'), status: 409 },
      { refusal: new StowageError('request.idempotency_conflict', 'The key was used for another body.'), status: 422 },
      { refusal: new StowageError('config.limit', 'An organization can have at most 1000 configs.'), status: 400 },
      { refusal: new StowageError('settings.byos_disabled', BYOS_OFF), status: 403 },
    ])('passes on the refusal of the worker: $refusal.code', async ({ refusal, status }) => {
      const { organization, token } = await member();
      gateway.worker.on('storage.create', () => {
        throw refusal;
      });
      const answer = await create(organization.id, { token });
      expect(answer).toMatchObject({ status, body: { code: refusal.code, detail: refusal.detail } });
    });

    it.each([
      ['empty', ''],
      ['with a blank', 'order 42'],
      ['too long', 'x'.repeat(256)],
    ])('refuses an Idempotency-Key that is %s', async (_fault, key) => {
      const { organization, token } = await member();
      await expect(create(organization.id, { token, headers: { 'idempotency-key': key } })).resolves.toMatchObject({
        status: 422,
        body: { errors: [{ field: 'Idempotency-Key' }] },
      });
    });

    it('answers 503 at once when no worker is there', async () => {
      const { organization, token } = await member();
      await gateway.worker.stop();
      try {
        const answer = await create(organization.id, { token });
        expect(answer).toMatchObject({ status: 503, body: { code: 'request.unavailable' } });
        expect(answer.headers.get('retry-after')).toBe('5');
      } finally {
        await gateway.worker.start();
      }
    });

    it('answers what became of a write whose reply was lost', async () => {
      const { organization, row, token } = await member();
      const created = answered(row);
      gateway.worker.on('storage.create', async ({ request_id }) => {
        const reply: GatewayReply<unknown> = { ok: true, result: created };
        const outcome = { requestId: request_id, organizationId: organization.id, reply };
        await gateway.dataSource.getRepository(RequestOutcomeEntity).insert(outcome as never);
        return SILENCE;
      });
      await expect(create(organization.id, { token })).resolves.toMatchObject({ status: 201, body: { id: row.id } });
    }, 15_000);

    it('answers 503 when the worker stays silent and no outcome is stored', async () => {
      const { organization, token } = await member();
      gateway.worker.on('storage.create', () => SILENCE);
      const answer = await create(organization.id, { token });
      expect(answer).toMatchObject({ status: 503, body: { code: 'request.unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('5');
    }, 15_000);
  });

  describe('GET', () => {
    const list = (organizationId: string, token: string, query = '') =>
      gateway.request<StorageConfig[]>('GET', `/storage-configs?organization_id=${organizationId}${query}`, { token });

    it("lists all configs of the organization as a plain array, and nobody else's", async () => {
      const { organization, row, token } = await member();
      await member();
      const answer = await list(organization.id, token);
      expect(answer.body).toEqual([answered(row)]);
      expect(answer.headers.get('link')).toBeNull();
    });

    it('pages by cursor through rows of one instant without losing or repeating any', async () => {
      const { organization, row, token } = await member();
      const others = await Promise.all(
        Array.from({ length: 6 }, () =>
          storedConfig(gateway.dataSource, { organizationId: organization.id, createdAt: row.createdAt }),
        ),
      );
      const seen: string[] = [];
      let path = `/storage-configs?organization_id=${organization.id}&limit=3`;
      const sizes: number[] = [];
      while (path) {
        const answer = await gateway.request<StorageConfig[]>('GET', path, { token });
        sizes.push(answer.body.length);
        seen.push(...answer.body.map(({ id }) => id));
        const [, next] = /^<\/api\/v1\/backups([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
        path = next ?? '';
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(new Set(seen)).toEqual(new Set([row, ...others].map(({ id }) => id)));
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=1.5', 'limit'],
      ['cursor=garbage', 'cursor'],
      ['cursor=', 'cursor'],
      ['page=2', 'page'],
      ['__proto__=1', '__proto__'],
    ])('refuses ?%s', async (query, field) => {
      const { organization, token } = await member();
      await expect(list(organization.id, token, `&${query}`)).resolves.toMatchObject({
        status: 422,
        body: { code: 'request.validation', errors: [{ field }] },
      });
    });

    it('refuses an organization_id that is missing or no UUID', async () => {
      const { token } = await member();
      for (const path of ['/storage-configs', '/storage-configs?organization_id=org-uuid']) {
        await expect(gateway.refused('GET', path, { token })).resolves.toMatchObject({
          status: 422,
          body: { errors: [{ field: 'organization_id' }] },
        });
      }
    });

    it('gets one, with its ETag', async () => {
      const { row, token } = await member();
      const answer = await gateway.request('GET', `/storage-configs/${row.id}`, { token });
      expect(answer.body).toEqual(answered(row));
      expect(answer.headers.get('etag')).toBe('"1"');
    });
  });

  describe('PATCH', () => {
    const patch = (id: string, token: string, body: unknown, headers: Record<string, string> = {}) =>
      gateway.request<StorageConfig>('PATCH', `/storage-configs/${id}`, { token, body, headers });

    it('sends only what was given, for the organization that owns the row', async () => {
      const { organization, row, token } = await member();
      gateway.worker.on('storage.update', () => answered(row, { is_default: true, version: 2 }));
      const answer = await patch(row.id, token, { is_default: true, bucket: null, region: undefined });
      expect(answer).toMatchObject({ status: 422 });
      const accepted = await patch(row.id, token, { is_default: true });
      expect(accepted.headers.get('etag')).toBe('"2"');
      expect(gateway.worker.lastRequest).toMatchObject({
        organization_id: organization.id,
        storage_config_id: row.id,
        config: { is_default: true },
        credentials: null,
      });
    });

    it.each([
      ['"1"', 1],
      ['*', null],
      ['"7", "1"', 1],
    ])('passes If-Match %s on', async (ifMatch, version) => {
      const { row, token } = await member();
      gateway.worker.on('storage.update', () => answered(row));
      await patch(row.id, token, { name: 'New' }, { 'if-match': ifMatch });
      expect(gateway.worker.lastRequest.if_version).toBe(version);
    });

    it.each([
      ['"2"', 412],
      ['W/"1"', 412],
      ['1', 422],
    ])('answers If-Match %s with %i', async (ifMatch, status) => {
      const { row, token } = await member();
      await expect(patch(row.id, token, { name: 'New' }, { 'if-match': ifMatch })).resolves.toMatchObject({ status });
      expect(gateway.worker.received).toEqual([]);
    });

    it('passes on that the version changed meanwhile', async () => {
      const { row, token } = await member();
      gateway.worker.on('storage.update', () => {
        throw new StowageError('request.precondition_failed', 'It has changed.');
      });
      await expect(patch(row.id, token, { name: 'New' }, { 'if-match': '"1"' })).resolves.toMatchObject({
        status: 412,
      });
    });

    it.each([
      [{ id: randomUUID() }, 'id'],
      [{ organization_id: randomUUID() }, 'organization_id'],
      [{ total_size_bytes: 0 }, 'total_size_bytes'],
      [{ name: '' }, 'name'],
      [{ name: null }, 'name'],
      [{ name: { $ne: null } }, 'name'],
      [{ access_key: null }, 'access_key'],
      [{ is_active: 'true' }, 'is_active'],
      [{ port: '22' }, 'port'],
    ])('refuses %j', async (body, field) => {
      const { row, token } = await member();
      await expect(patch(row.id, token, body)).resolves.toMatchObject({
        status: 422,
        body: { code: 'request.validation', errors: [{ field }] },
      });
    });
  });

  describe('DELETE', () => {
    it('answers 204 without a body', async () => {
      const { row, token } = await member();
      gateway.worker.on('storage.delete', () => null);
      const answer = await gateway.request('DELETE', `/storage-configs/${row.id}`, { token });
      expect(answer).toMatchObject({ status: 204, text: '' });
      expect(gateway.worker.lastRequest).toMatchObject({ storage_config_id: row.id });
    });

    it('gives the documented reason while backups are recorded', async () => {
      const detail = 'Cannot delete storage config with 42 backups. Delete or migrate backups first.';
      const { row, token } = await member();
      gateway.worker.on('storage.delete', () => {
        throw new StowageError('config.has_backups', detail);
      });
      await expect(gateway.refused('DELETE', `/storage-configs/${row.id}`, { token })).resolves.toMatchObject({
        status: 400,
        body: { detail, code: 'config.has_backups', title: 'Backups are recorded on this storage', status: 400 },
      });
    });
  });

  it('queues a usage refresh', async () => {
    const { organization, row, token } = await member();
    const operation = {
      id: randomUUID(),
      kind: 'storage.usage.refresh',
      organization_id: organization.id,
      storage_config_id: row.id,
      status: 'queued',
      superseded_by: null,
      progress: { objects: 0, bytes: 0 },
      result: null,
      error: null,
      attempt: 0,
      created_at: new Date().toISOString(),
      started_at: null,
      finished_at: null,
    };
    gateway.worker.on('storage.usage.refresh', () => operation);
    const answer = await gateway.request('POST', `/storage-configs/${row.id}/usage/refresh`, { token });
    expect(answer).toMatchObject({ status: 202, body: operation });
  });
});
