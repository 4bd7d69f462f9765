import { randomUUID } from 'node:crypto';
import { type StorageConfig, StowageError } from '@stowage/contracts';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { answered, storedConfig } from '../testing/rows.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';

const BODY = {
  name: 'Production Backups',
  provider: 'cloudflare_r2',
  bucket: 'oecsh-backups',
  account_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  access_key: 'AKIACANARYCANARY1234',
  secret_key: 'canary-secret-canary-secret-canary',
  path_prefix: 'backups/',
  is_default: true,
};

describeOnDatabase('storage configs', (database) => {
  let gateway: TestGateway;
  const organization = new TestOrganization();

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(() => gateway.worker.reset());

  it('creates through the worker', async () => {
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id });
    gateway.worker.on('storage.create', () => answered(row, { warnings: [] }));
    const answer = await gateway.request<StorageConfig>('POST', `/storage-configs?organization_id=${organization.id}`, {
      token: await organization.token(),
      body: BODY,
    });
    expect(answer.body).toMatchObject({ id: row.id });
    expect(answer.status).toBe(201);
    void randomUUID; void StowageError;
  });
});
