import type { StorageConfig } from '@stowage/contracts';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { R2_BODY, TEST_RESULT } from './testing/bodies.js';
import { answered, operationView, storedBackup, storedConfig, storedOperation } from './testing/rows.js';
import { type Answer, TestGateway, TestOrganization } from './testing/test-gateway.js';

/** As the product documentation shows them; what is answered beside is for those who ask for it. */
const DOCUMENTED_CONFIG = [
  'id',
  'organization_id',
  'name',
  'provider',
  'bucket',
  'region',
  'endpoint_url',
  'path_prefix',
  'storage_class',
  'is_default',
  'is_active',
  'total_size_bytes',
  'object_count',
  'last_used_at',
  'created_at',
  'updated_at',
];
const DOCUMENTED_RESULT = ['success', 'message', 'bucket_exists', 'can_write', 'can_read', 'latency_ms'];

describeOnDatabase('a client written from the product documentation alone', (database) => {
  let gateway: TestGateway;
  let config: StorageConfig;
  let backupId: string;
  const organization = new TestOrganization();
  const curl = async (method: string, path: string, body?: object): Promise<Answer> =>
    gateway.request(method, path, { token: await organization.token(), body });

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    const row = await storedConfig(gateway.dataSource, { organizationId: organization.id, lastUsedAt: new Date() });
    config = answered(row);
    backupId = (await storedBackup(gateway.dataSource, { organizationId: organization.id })).id;
    const operation = await storedOperation(gateway.dataSource, { organizationId: organization.id });
    gateway.worker.on('storage.create', () => config);
    gateway.worker.on('storage.update', () => config);
    gateway.worker.on('storage.delete', () => null);
    gateway.worker.on('storage.test', () => TEST_RESULT);
    gateway.worker.on('backup.delete', () => operationView(operation));
  }, 30_000);
  afterAll(() => gateway?.stop());

  it('tests before saving', async () => {
    const { is_default: _left_out, ...body } = R2_BODY;
    const answer = await curl('POST', `/storage-configs/test-connection?organization_id=${organization.id}`, body);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body as object)).toEqual(expect.arrayContaining(DOCUMENTED_RESULT));
  });

  it('creates', async () => {
    const answer = await curl('POST', `/storage-configs?organization_id=${organization.id}`, R2_BODY);
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body as object)).toEqual(expect.arrayContaining(DOCUMENTED_CONFIG));
  });

  it('lists', async () => {
    const answer = await curl('GET', `/storage-configs?organization_id=${organization.id}`);
    expect(answer.status).toBe(200);
    expect(Object.keys((answer.body as object[])[0]!)).toEqual(expect.arrayContaining(DOCUMENTED_CONFIG));
  });

  it('sets the default, and renames', async () => {
    for (const body of [{ is_default: true }, { name: 'Updated Name', is_default: true }]) {
      await expect(curl('PATCH', `/storage-configs/${config.id}`, body)).resolves.toMatchObject({ status: 200 });
    }
  });

  it('tests what is saved', async () => {
    const answer = await curl('POST', `/storage-configs/${config.id}/test`);
    expect(answer).toMatchObject({ status: 200, body: { success: true, message: 'Connection successful' } });
  });

  it('asks what the platform offers', async () => {
    const answer = await curl('GET', '/storage-settings');
    expect(Object.keys(answer.body as object)).toEqual(
      expect.arrayContaining(['enabled_providers', 'allow_org_byos', 'has_default_storage']),
    );
  });

  it('lists and deletes backups', async () => {
    await expect(curl('GET', `/organization/${organization.id}/backups`)).resolves.toMatchObject({
      status: 200,
      body: [{ id: backupId }],
    });
    await expect(curl('DELETE', `/${backupId}`)).resolves.toMatchObject({ status: 202 });
  });

  it('deletes', async () => {
    await expect(curl('DELETE', `/storage-configs/${config.id}`)).resolves.toMatchObject({ status: 204 });
  });
});
