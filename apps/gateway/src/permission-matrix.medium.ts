import { randomUUID } from 'node:crypto';
import {
  ORGANIZATION_PERMISSIONS,
  type OrganizationPermission,
  PLATFORM_PERMISSIONS,
  type PlatformPermission,
} from '@stowage/contracts';
import { type RouteAccess, signDevelopmentToken } from '@stowage/permissions';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { R2_BODY, TEST_RESULT } from './testing/bodies.js';
import { declaredRoutes } from './testing/declared-routes.js';
import { answered, operationView, storedBackup, storedConfig, storedOperation } from './testing/rows.js';
import { JWT_SECRET, TestGateway } from './testing/test-gateway.js';

const { account_id, access_key, secret_key, bucket, provider } = R2_BODY;
const TEST_BODY = { provider, bucket, account_id, access_key, secret_key };

/** What rest.md promises of each route, and what lets it succeed. A route that is not here fails the test. */
const PROMISED: Record<string, { access: string; body?: unknown; status: number }> = {
  'POST /storage-configs': { access: 'org.storage.create', body: R2_BODY, status: 201 },
  'GET /storage-configs': { access: 'org.storage.list', status: 200 },
  'POST /storage-configs/test-connection': { access: 'org.storage.create', body: TEST_BODY, status: 200 },
  'GET /storage-configs/:id': { access: 'org.storage.list', status: 200 },
  'PATCH /storage-configs/:id': { access: 'org.storage.update', body: { name: 'x' }, status: 200 },
  'DELETE /storage-configs/:id': { access: 'org.storage.delete', status: 204 },
  'POST /storage-configs/:id/test': { access: 'org.storage.list', status: 200 },
  'POST /storage-configs/:id/usage/refresh': { access: 'org.storage.list', status: 202 },
  'GET /storage-configs/:id/history': { access: 'org.storage.list', status: 200 },
  'GET /storage-operations': { access: 'org.storage.list', status: 200 },
  'GET /storage-operations/:id': { access: 'org.storage.list', status: 200 },
  'POST /storage-operations/:id/cancel': { access: 'org.storage.update', status: 200 },
  'GET /storage-events': { access: 'org.storage.list', status: 200 },
  'GET /organization/:organization_id/backups': { access: 'org.storage.list', status: 200 },
  'DELETE /:backup_id': { access: 'org.storage.delete', status: 202 },
  'GET /storage-settings': { access: 'authenticated', status: 200 },
  'PATCH /storage-settings': { access: 'platform.storage.update', body: { allow_org_byos: true }, status: 200 },
  'GET /storage-providers': { access: 'authenticated', status: 200 },
  'POST /storage-tools/policy': { access: 'org.storage.create', body: { provider, bucket }, status: 200 },
  'POST /storage-tools/ssh-key': { access: 'org.storage.create', status: 200 },
  'GET /storage-keys': { access: 'everyone', status: 200 },
  'GET /storage-audit': { access: 'org.storage.update', status: 200 },
  'POST /platform/storage-configs': { access: 'platform.storage.update', body: R2_BODY, status: 201 },
  'GET /platform/storage-configs': { access: 'platform.storage.update', status: 200 },
  'POST /platform/storage-configs/test-connection': {
    access: 'platform.storage.update',
    body: TEST_BODY,
    status: 200,
  },
  'GET /platform/storage-configs/:id': { access: 'platform.storage.update', status: 200 },
  'PATCH /platform/storage-configs/:id': { access: 'platform.storage.update', body: { name: 'x' }, status: 200 },
  'DELETE /platform/storage-configs/:id': { access: 'platform.storage.update', status: 204 },
  'POST /platform/storage-configs/:id/test': { access: 'platform.storage.update', status: 200 },
  'GET /platform/storage-events': { access: 'platform.storage.update', status: 200 },
  'GET /platform/storage-audit': { access: 'platform.storage.update', status: 200 },
  'GET /platform/egress-allowances': { access: 'platform.storage.update', status: 200 },
  'PUT /platform/egress-allowances': { access: 'platform.storage.update', body: { allowances: [] }, status: 200 },
  'GET //health/live': { access: 'everyone', status: 200 },
  'GET //health/ready': { access: 'everyone', status: 200 },
  'GET //metrics': { access: 'everyone', status: 200 },
};
const ROUTES = Object.keys(PROMISED);

type Relation = 'its organization' | 'another organization' | 'no organization';
const RELATIONS: Relation[] = ['its organization', 'another organization', 'no organization'];
/** One by one, all at once by their wildcard, and none. */
const GRANTS = [...ORGANIZATION_PERMISSIONS, ...PLATFORM_PERMISSIONS, 'org.storage.*', null] as const;
type Grant = (typeof GRANTS)[number];

describeOnDatabase('every route, with every permission, in every relation to the organization', (database) => {
  let gateway: TestGateway;
  const [own, other] = [randomUUID(), randomUUID()];
  const ids = { config: '', operation: '', backup: '', platform: '' };

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    const row = await storedConfig(gateway.dataSource, { organizationId: own });
    const platform = await storedConfig(gateway.dataSource);
    const operation = await storedOperation(gateway.dataSource, { organizationId: own });
    const backup = await storedBackup(gateway.dataSource, { organizationId: own });
    Object.assign(ids, { config: row.id, operation: operation.id, backup: backup.id, platform: platform.id });
    gateway.worker.on('storage.create', () => answered(row));
    gateway.worker.on('storage.update', () => answered(row));
    gateway.worker.on('storage.delete', () => null);
    gateway.worker.on('storage.test', () => TEST_RESULT);
    gateway.worker.on('settings.update', () => null);
    gateway.worker.on('egress.replace_allowances', () => ({ allowances: [], fixed_by_environment: [] }));
    for (const method of ['storage.usage.refresh', 'operation.cancel', 'backup.delete'] as const) {
      gateway.worker.on(method, () => operationView(operation));
    }
  }, 30_000);
  afterAll(() => gateway?.stop());

  it('is a matrix of all routes that there are, each as it was promised', () => {
    const declared = declaredRoutes(gateway.app).map(({ name, access }) => [shortened(name), namedAccess(access)]);
    const promised = Object.entries(PROMISED).map(([name, { access }]) => [name, access]);
    expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(promised));
  });

  describe.each(ROUTES)('%s', (route) => {
    const { access, body, status: success } = PROMISED[route]!;

    it.each(RELATIONS)('with a token of %s', async (relation) => {
      for (const grant of GRANTS) {
        const token = await tokenOf(grant, relation);
        const answer = await send(route, body, token);
        expect(`${grant}: ${answer.status}`).toBe(`${grant}: ${expected(access, grant, relation) ?? success}`);
      }
    });

    it('without a token', async () => {
      const answer = await send(route, body, undefined);
      expect(answer.status).toBe(access === 'everyone' ? success : 401);
    });
  });

  it.each(ROUTES.filter((route) => PROMISED[route]!.access.startsWith('org.')))(
    '%s tells a stranger nothing: the same bytes as for what does not exist',
    async (route) => {
      const { body } = PROMISED[route]!;
      for (const grant of ['org.storage.*', 'platform.storage.update'] as const) {
        const token = await tokenOf(grant, 'another organization');
        const [foreign, missing] = [await send(route, body, token), await send(route, body, token, 'unknown')];
        expect(foreign.status).toBe(404);
        expect(foreign.text.replace(REQUEST_ID, '')).toBe(missing.text.replace(REQUEST_ID, ''));
        expect(headersOf(foreign.headers)).toEqual(headersOf(missing.headers));
      }
    },
  );

  async function send(route: string, body: unknown, token: string | undefined, which: 'known' | 'unknown' = 'known') {
    const [method, template] = route.split(' ') as [string, string];
    const known = which === 'known';
    const row = template.startsWith('/platform') ? ids.platform : ids.config;
    const id = template.startsWith('/storage-operations') ? ids.operation : row;
    const path = template
      .replace(':organization_id', known ? own : randomUUID())
      .replace(':backup_id', known ? ids.backup : randomUUID())
      .replace(':id', known ? id : randomUUID());
    const target = new URL(path.startsWith('//') ? path.slice(1) : `/api/v1/backups${path}`, gateway.url);
    if (isNamedInQuery(route)) target.searchParams.set('organization_id', known ? own : randomUUID());
    if (path.endsWith('/history')) target.searchParams.set('kind', 'usage');
    const response = await gateway.fetch(method, target, { token, body });
    // A stream of events has no end to wait for.
    const text = template.endsWith('/storage-events') && response.ok ? '' : await response.text();
    await response.body?.cancel().catch(() => undefined);
    return { status: response.status, headers: response.headers, text };
  }

  function isNamedInQuery(route: string): boolean {
    const access = declaredRoutes(gateway.app).find(({ name }) => shortened(name) === route)?.access;
    return access?.to === 'organization' && access.organization === 'query';
  }

  function tokenOf(grant: Grant, relation: Relation): Promise<string> {
    const isPlatform = (PLATFORM_PERMISSIONS as readonly (string | null)[]).includes(grant);
    const codes = grant === null || isPlatform ? [] : [grant as OrganizationPermission];
    const organization = { 'its organization': own, 'another organization': other, 'no organization': null }[relation];
    return signDevelopmentToken({
      secret: JWT_SECRET,
      subject: 'user-1',
      organizations: organization === null ? {} : { [organization]: codes },
      platform: isPlatform ? [grant as PlatformPermission] : [],
    });
  }
});

const REQUEST_ID = /"request_id":"[^"]+"/;

/** Null: it succeeds. */
function expected(access: string, grant: Grant, relation: Relation): number | null {
  if (access === 'everyone' || access === 'authenticated') return null;
  if (access.startsWith('platform.')) return grant === access ? null : 403;
  if (relation !== 'its organization') return 404;
  return grant === access || grant === 'org.storage.*' ? null : 403;
}

function namedAccess(access: RouteAccess | undefined): string | undefined {
  return access && 'permission' in access ? access.permission : access?.to;
}

/** Below the base path; elsewhere with a leading `//`. */
function shortened(name: string): string {
  const [method, path] = name.split(' ') as [string, string];
  const base = '/api/v1/backups';
  return `${method} ${path.startsWith(base) ? path.slice(base.length) || '/' : `/${path}`}`;
}

function headersOf(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
}
