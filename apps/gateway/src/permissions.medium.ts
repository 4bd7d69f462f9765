import { signDevelopmentToken } from '@stowage/permissions';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { TEST_RESULT } from './testing/bodies.js';
import { storedConfig } from './testing/rows.js';
import { platformToken, TestGateway, TestOrganization } from './testing/test-gateway.js';

describeOnDatabase('beyond the matrix of permissions', (database) => {
  let gateway: TestGateway;
  const organization = new TestOrganization();
  const ids = { config: '', platform: '' };

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    const platform = await storedConfig(gateway.dataSource);
    Object.assign(ids, { config: row.id, platform: platform.id });
    gateway.worker.on('storage.test', () => TEST_RESULT);
  }, 30_000);
  afterAll(() => gateway?.stop());

  it('asks more for a full test, which writes much, than for a quick one', async () => {
    for (const [permission, status] of [
      ['org.storage.list', 403],
      ['org.storage.update', 200],
    ] as const) {
      const token = await organization.token([permission]);
      const answer = await gateway.request('POST', `/storage-configs/${ids.config}/test?depth=full`, { token });
      expect(answer.status).toBe(status);
    }
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
