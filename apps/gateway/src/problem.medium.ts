import { request as httpRequest } from 'node:http';
import { randomUUID } from 'node:crypto';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { R2_BODY } from './testing/bodies.js';
import { storedConfig } from './testing/rows.js';
import { TestGateway, TestOrganization } from './testing/test-gateway.js';

describeOnDatabase('errors over HTTP', (database) => {
  let gateway: TestGateway;
  let token: string;
  const organization = new TestOrganization();
  const create = `/storage-configs?organization_id=${organization.id}`;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await organization.token();
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(() => gateway.worker.reset());

  it('answers a problem document whose detail is one readable string', async () => {
    const answer = await gateway.refused('POST', create, { token, body: {} });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'urn:stowage:error:request.validation',
      title: 'The request is not valid',
      status: 422,
      detail: 'name must be a string',
      code: 'request.validation',
      request_id: answer.headers.get('x-request-id'),
      errors: [
        { field: 'name', code: 'isString', message: 'name must be a string' },
        { field: 'provider', code: 'isIn', message: expect.stringContaining('provider must be one of aws_s3') },
      ],
    });
  });

  it.each([
    ['JSON that does not parse', '{"name":', 400, 'request.malformed_json'],
    ['JSON with a tail', '{} {}', 400, 'request.malformed_json'],
    ['a body of another encoding', Buffer.from('{"name":"\xff"}', 'latin1'), 400, 'request.malformed_json'],
    ['a __proto__ key', '{"__proto__":{"is_default":true}}', 400, 'request.malformed_json'],
    ['a constructor.prototype key', '{"constructor":{"prototype":{"a":1}}}', 400, 'request.malformed_json'],
    ['a constructor key', '{"constructor":1}', 422, 'request.validation'],
    ['an array', '[]', 422, 'request.validation'],
    ['a string', '"x"', 422, 'request.validation'],
    ['null', 'null', 422, 'request.validation'],
    ['no body', '', 422, 'request.validation'],
    ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`, 422, 'request.validation'],
    ['deep nesting in a field', `{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 422, 'request.validation'],
    ['more than 64 KiB', JSON.stringify({ ...R2_BODY, name: 'x'.repeat(65_536) }), 413, 'request.too_large'],
  ])('refuses %s', async (_what, body, status, code) => {
    const answer = await gateway.refused('POST', create, {
      token,
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status, body: { code, request_id: answer.headers.get('x-request-id') } });
    expect(gateway.worker.received).toEqual([]);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml'])(
    'refuses a body of type %s',
    async (type) => {
      await expect(
        gateway.refused('POST', create, { token, body: 'name=x', headers: { 'content-type': type } }),
      ).resolves.toMatchObject({ status: 415, body: { code: 'request.unsupported_media_type' } });
    },
  );

  it('refuses a parameter that is given twice, whichever it is', async () => {
    for (const query of [`organization_id=${organization.id}`, 'limit=1&limit=2']) {
      await expect(gateway.refused('GET', `${create}&${query}`, { token })).resolves.toMatchObject({
        status: 400,
        body: { code: 'request.duplicate_parameter' },
      });
    }
  });

  it('refuses query keys and bodies on routes that take none', async () => {
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    const requests: [string, string, unknown][] = [
      ['GET', `/storage-configs/${row.id}?verbose=1`, undefined],
      ['GET', '/storage-settings?x=1', undefined],
      ['DELETE', `/storage-configs/${row.id}`, { force: true }],
      ['POST', `/storage-configs/${row.id}/test`, { endpoint_url: 'http://169.254.169.254' }],
      ['POST', `/storage-configs/${row.id}/test`, []],
    ];
    for (const [method, path, body] of requests) {
      await expect(gateway.refused(method, path, { token, body })).resolves.toMatchObject({
        status: 422,
        body: { code: 'request.validation' },
      });
    }
    expect(gateway.worker.received).toEqual([]);
  });

  it('answers the same 404 for a path, an id and a form of id that do not exist', async () => {
    const answers = await Promise.all(
      ['//nowhere', '//%zz', `/storage-configs/${randomUUID()}`, '/storage-configs/config-uuid', '/nonsense/x'].map(
        (path) => gateway.refused('GET', path, { token }),
      ),
    );
    const bodies = answers.map(({ status, body: { request_id, ...rest } }) => {
      expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
      return JSON.stringify({ status, rest });
    });
    expect(new Set(bodies).size).toBe(1);
    expect(answers[0]!.status).toBe(404);
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(answers.map(() => 'no-store'));
  });

  it('names the methods that a path has', async () => {
    const answer = await gateway.refused('PUT', '//health/live');
    expect(answer).toMatchObject({ status: 405, body: { code: 'request.method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  it('gives every request an id of its own, whatever the client calls it', async () => {
    const answer = await gateway.refused('GET', '//nowhere', {
      headers: { 'x-request-id': 'mine', 'request-id': 'mine' },
    });
    expect(answer.headers.get('x-request-id')).not.toBe('mine');
  });

  it('refuses a second Authorization header', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const target = new URL('/api/v1/backups/storage-settings', gateway.url);
      const request = httpRequest(target, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.setHeader('authorization', [`Bearer ${token}`, 'Bearer other']);
      request.once('error', reject).end();
    });
    expect(status).toBe(401);
  });

  it('sends strict security headers', async () => {
    const { headers } = await gateway.refused('GET', '//nowhere');
    expect(headers.get('content-security-policy')).toContain("default-src 'none';script-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('says nothing of an error that nobody foresaw', async () => {
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    gateway.worker.on('storage.delete', () => {
      throw new Error('password=canary');
    });
    const target = new URL(`/api/v1/backups/storage-configs/${row.id}`, gateway.url);
    const response = await gateway.fetch('DELETE', target, { token });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      type: 'urn:stowage:error:request.internal',
      title: 'Internal error',
      status: 500,
      detail: 'Something went wrong on our side. Try again later.',
      code: 'request.internal',
      request_id: response.headers.get('x-request-id'),
    });
  });
});
