import { randomUUID } from 'node:crypto';
import { ORGANIZATION_PERMISSIONS, type OrganizationPermission } from '@stowage/contracts';
import { signDevelopmentToken } from '@stowage/permissions';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { R2_BODY, TEST_RESULT } from './testing/bodies.js';
import { answered, operationView, storedBackup, storedConfig, storedOperation } from './testing/rows.js';
import { platformToken, TestGateway, TestOrganization } from './testing/test-gateway.js';

interface Route {
  method: string;
  path: string;
  needs: OrganizationPermission;
  body?: unknown;
  status: number;
}

describeOnDatabase('who may do what', (database) => {
  let gateway: TestGateway;
  const organization = new TestOrganization();
  const ids = { config: '', operation: '', backup: '', platform: '' };

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    const operation = await storedOperation(gateway.dataSource, { organizationId: organization.id });
    const backup = await storedBackup(gateway.dataSource, { organizationId: organization.id });
    const platform = await storedConfig(gateway.dataSource);
    Object.assign(ids, { config: row.id, operation: operation.id, backup: backup.id, platform: platform.id });
    gateway.worker.on('storage.create', () => answered(row));
    gateway.worker.on('storage.update', () => answered(row));
    gateway.worker.on('storage.delete', () => null);
    gateway.worker.on('storage.test', () => TEST_RESULT);
    for (const method of ['storage.usage.refresh', 'operation.cancel', 'backup.delete'] as const) {
      gateway.worker.on(method, () => operationView(operation));
    }
  }, 30_000);
  afterAll(() => gateway?.stop());

  const inOrganization = `organization_id=${organization.id}`;
  const { account_id, access_key, secret_key, bucket, provider } = R2_BODY;
  const testBody = { provider, bucket, account_id, access_key, secret_key };
  const routes = (): Route[] => [
    {
      method: 'POST',
      path: `/storage-configs?${inOrganization}`,
      needs: 'org.storage.create',
      body: R2_BODY,
      status: 201,
    },
    { method: 'GET', path: `/storage-configs?${inOrganization}`, needs: 'org.storage.list', status: 200 },
    { method: 'GET', path: `/storage-configs/${ids.config}`, needs: 'org.storage.list', status: 200 },
    {
      method: 'PATCH',
      path: `/storage-configs/${ids.config}`,
      needs: 'org.storage.update',
      body: { name: 'x' },
      status: 200,
    },
    { method: 'DELETE', path: `/storage-configs/${ids.config}`, needs: 'org.storage.delete', status: 204 },
    {
      method: 'POST',
      path: `/storage-configs/test-connection?${inOrganization}`,
      needs: 'org.storage.create',
      body: testBody,
      status: 200,
    },
    { method: 'POST', path: `/storage-configs/${ids.config}/test`, needs: 'org.storage.list', status: 200 },
    {
      method: 'POST',
      path: `/storage-configs/${ids.config}/test?depth=full`,
      needs: 'org.storage.update',
      status: 200,
    },
    { method: 'POST', path: `/storage-configs/${ids.config}/usage/refresh`, needs: 'org.storage.list', status: 202 },
    { method: 'GET', path: `/storage-operations?${inOrganization}`, needs: 'org.storage.list', status: 200 },
    { method: 'GET', path: `/storage-operations/${ids.operation}`, needs: 'org.storage.list', status: 200 },
    { method: 'POST', path: `/storage-operations/${ids.operation}/cancel`, needs: 'org.storage.update', status: 200 },
    { method: 'GET', path: `/organization/${organization.id}/backups`, needs: 'org.storage.list', status: 200 },
    { method: 'DELETE', path: `/${ids.backup}`, needs: 'org.storage.delete', status: 202 },
    { method: 'GET', path: `/storage-audit?${inOrganization}`, needs: 'org.storage.update', status: 200 },
    {
      method: 'POST',
      path: `/storage-tools/policy?${inOrganization}`,
      needs: 'org.storage.create',
      body: { provider, bucket },
      status: 200,
    },
    { method: 'POST', path: `/storage-tools/ssh-key?${inOrganization}`, needs: 'org.storage.create', status: 200 },
  ];
  const names = [
    'create',
    'list',
    'get',
    'update',
    'delete',
    'test before saving',
    'test',
    'full test',
    'usage refresh',
    'operations',
    'operation',
    'cancel',
    'backups',
    'delete backup',
    'audit',
    'policy',
    'ssh key',
  ];

  describe.each(names.map((name, index) => [name, index] as const))('%s', (_name, index) => {
    it('lets the one permission pass, and org.storage.*', async () => {
      const { method, path, needs, body, status } = routes()[index]!;
      for (const permission of [needs, 'org.storage.*' as OrganizationPermission]) {
        const token = await organization.token([permission]);
        await expect(gateway.request(method, path, { token, body })).resolves.toMatchObject({ status });
      }
    });

    it('refuses a member with all the others, and one with none', async () => {
      const { method, path, needs, body } = routes()[index]!;
      for (const permissions of [ORGANIZATION_PERMISSIONS.filter((each) => each !== needs), []]) {
        const token = await organization.token(permissions);
        await expect(gateway.refused(method, path, { token, body })).resolves.toMatchObject({
          status: 403,
          body: { code: 'permission.denied' },
        });
      }
    });

    it('tells a stranger nothing: the same bytes as for what does not exist', async () => {
      const { method, path, body } = routes()[index]!;
      const own = new TestOrganization();
      const unknown = path
        .replace(organization.id, randomUUID())
        .replace(ids.config, randomUUID())
        .replace(ids.operation, randomUUID())
        .replace(ids.backup, randomUUID());
      const tokens = [await own.token(), await platformToken()];
      for (const token of tokens) {
        const [foreign, missing] = await Promise.all([
          gateway.refused(method, path, { token, body }),
          gateway.refused(method, unknown, { token, body }),
        ]);
        expect(foreign.status).toBe(404);
        expect(withoutId(foreign.text)).toBe(withoutId(missing.text));
      }
    });

    it('answers 401 without a token', async () => {
      const { method, path, body } = routes()[index]!;
      await expect(gateway.refused(method, path, { body })).resolves.toMatchObject({ status: 401 });
    });
  });

  it('shows a platform config to no organization, and an organization config not as one of the platform', async () => {
    const member = await organization.token();
    await expect(gateway.refused('GET', `/storage-configs/${ids.platform}`, { token: member })).resolves.toMatchObject({
      status: 404,
    });
    const token = await platformToken();
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await gateway.refused(method, `/platform/storage-configs/${ids.config}`, { token, body });
      expect(answer.status).toBe(404);
    }
  });

  it('lets nobody but the platform administrator on platform routes', async () => {
    const member = await organization.token();
    const requests: [string, string, unknown][] = [
      ['GET', '/platform/storage-configs', undefined],
      ['POST', '/platform/storage-configs', R2_BODY],
      ['GET', `/platform/storage-configs/${ids.platform}`, undefined],
      ['PATCH', `/platform/storage-configs/${ids.platform}`, { name: 'x' }],
      ['DELETE', `/platform/storage-configs/${ids.platform}`, undefined],
      ['POST', `/platform/storage-configs/${ids.platform}/test`, undefined],
      ['POST', '/platform/storage-configs/test-connection', testBody],
      ['PATCH', '/storage-settings', { allow_org_byos: false }],
      ['GET', '/platform/egress-allowances', undefined],
      ['PUT', '/platform/egress-allowances', { allowances: [] }],
    ];
    for (const [method, path, body] of requests) {
      await expect(gateway.refused(method, path, { token: member, body })).resolves.toMatchObject({ status: 403 });
    }
  });

  it('answers one body for every fault of a token', async () => {
    const expired = await signDevelopmentToken({
      secret: 'a secret of the tests that is long enough for HS256',
      subject: 'user-1',
      organizations: {},
      lifetimeS: -31,
    });
    const forged = await signDevelopmentToken({ secret: 'x'.repeat(32), subject: 'user-1', organizations: {} });
    const answers = await Promise.all(
      ['garbage', expired, forged, 'a'.repeat(9000)].map((token) =>
        gateway.refused('GET', '/storage-settings', { token }),
      ),
    );
    expect(new Set(answers.map(({ text }) => withoutId(text))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(answers[0]!.headers.get('www-authenticate')).toBe('Bearer');
  });
});

function withoutId(text: string): string {
  return text.replace(/"request_id":"[^"]+"/, '');
}
