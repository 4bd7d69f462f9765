import type { AuditEntry } from '@stowage/contracts';
import { AuditEntryEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { platformToken, TestGateway, TestOrganization } from '../testing/test-gateway.js';

describeOnDatabase('GET /storage-audit', (database) => {
  let gateway: TestGateway;
  const organization = new TestOrganization();
  const path = `/storage-audit?organization_id=${organization.id}`;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    const entry = (minute: number, organizationId: string | null) => ({
      organizationId,
      storageConfigId: null,
      actor: 'user:alice',
      action: `act ${minute}`,
      outcome: 'ok',
      ip: '203.0.113.7',
      detail: { changed: ['name'] },
      createdAt: new Date(Date.UTC(2026, 0, 11, 10, minute)),
    });
    const entries = [1, 2, 3, 3, 4].map((minute) => entry(minute, organization.id));
    await gateway.dataSource
      .getRepository(AuditEntryEntity)
      .insert([...entries, entry(5, new TestOrganization().id), entry(6, null)]);
  }, 30_000);
  afterAll(() => gateway?.stop());

  const list = async (query = '') =>
    gateway.request<AuditEntry[]>('GET', path + query, { token: await organization.token() });

  it('lists what was done in the organization, and nowhere else, the newest first', async () => {
    const { body, headers } = await list();
    expect(body.map(({ action }) => action)).toEqual(['act 4', 'act 3', 'act 3', 'act 2', 'act 1']);
    expect(body[0]).toMatchObject({ actor: 'user:alice', ip: '203.0.113.7', created_at: '2026-01-11T10:04:00.000Z' });
    expect(Object.keys(body[0]!)).not.toEqual(expect.arrayContaining(['mac']));
    expect(headers.get('link')).toBeNull();
  });

  it('lists to the platform administrator what was done on the platform, and in no organization', async () => {
    const { body } = await gateway.request<AuditEntry[]>('GET', '/platform/storage-audit', {
      token: await platformToken(),
    });
    expect(body).toMatchObject([{ action: 'act 6', organization_id: null }]);
  });

  it('goes from page to page, also between entries of the same time', async () => {
    const seen: string[] = [];
    for (let query = '&limit=2'; ;) {
      const { body, headers } = await list(query);
      seen.push(...body.map(({ id }) => id));
      const next = /cursor=([^&>]+)/.exec(headers.get('link') ?? '');
      if (!next) break;
      query = `&limit=2&cursor=${next[1]}`;
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
  });

  it('refuses the cursor of another list', async () => {
    const id = '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d';
    const foreign = Buffer.from(JSON.stringify(['2026-01-11 10:30:00+00', id])).toString('base64url');
    const answer = await gateway.refused('GET', `${path}&cursor=${foreign}`, { token: await organization.token() });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'cursor' }] } });
  });

  it('is for those who may change the storages', async () => {
    const token = await organization.token(['org.storage.list']);
    await expect(gateway.refused('GET', path, { token })).resolves.toMatchObject({ status: 403 });
  });
});
