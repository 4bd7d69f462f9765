import { PROVIDERS, StowageError } from '@stowage/contracts';
import { PlatformSettingsEntity } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { storedConfig } from '../testing/rows.js';
import { platformToken, TestGateway, TestOrganization } from '../testing/test-gateway.js';

describeOnDatabase('/storage-settings', (database) => {
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    token = await new TestOrganization().token([]);
  }, 30_000);
  afterAll(() => gateway?.stop());
  afterEach(async () => {
    gateway.worker.reset();
    await gateway.dataSource.query('DELETE FROM storage_configs');
  });

  const settings = () => gateway.request('GET', '/storage-settings', { token });

  it('answers any valid token what the platform offers', async () => {
    await expect(settings()).resolves.toMatchObject({
      status: 200,
      body: {
        enabled_providers: PROVIDERS,
        allow_org_byos: true,
        has_default_storage: false,
        egress_ips: ['203.0.113.10'],
      },
    });
  });

  it('says that the platform has a default storage, and nothing more of it', async () => {
    await storedConfig(gateway.dataSource, { isDefault: true, bucket: 'platform-bucket' });
    const answer = await settings();
    expect(answer.body).toMatchObject({ has_default_storage: true });
    expect(answer.text).not.toContain('platform-bucket');
  });

  it.each([
    ['inactive', { isDefault: true, isActive: false }],
    ['no default', { isDefault: false }],
  ])('does not count a platform storage that is %s', async (_what, given) => {
    await storedConfig(gateway.dataSource, given);
    await expect(settings()).resolves.toMatchObject({ body: { has_default_storage: false } });
  });

  it('lets the worker change them and answers what holds then', async () => {
    const platform = await platformToken();
    const repository = gateway.dataSource.getRepository(PlatformSettingsEntity);
    const before = await repository.findOneBy({ id: 1 });
    gateway.worker.on('settings.update', async () => {
      await repository.save({ id: 1, enabledProviders: ['aws_s3'], allowOrgByos: false });
    });
    const body = { enabled_providers: ['aws_s3'], allow_org_byos: false };
    try {
      const answer = await gateway.request('PATCH', '/storage-settings', { token: platform, body });
      expect(answer).toMatchObject({ status: 200, body });
      expect(gateway.worker.lastRequest).toMatchObject({ organization_id: null, config: body });
    } finally {
      if (before) await repository.save(before);
      else await repository.delete({ id: 1 });
    }
  });

  it('passes on what a variable has fixed', async () => {
    gateway.worker.on('settings.update', () => {
      throw new StowageError('settings.fixed_by_environment', 'allow_org_byos is fixed by ALLOW_ORG_BYOS.');
    });
    await expect(
      gateway.refused('PATCH', '/storage-settings', { token: await platformToken(), body: { allow_org_byos: true } }),
    ).resolves.toMatchObject({ status: 409, body: { code: 'settings.fixed_by_environment' } });
  });

  it.each([
    [{ enabled_providers: ['aws_s3', 'dropbox'] }, 'enabled_providers'],
    [{ enabled_providers: ['aws_s3', 'aws_s3'] }, 'enabled_providers'],
    [{ enabled_providers: 'aws_s3' }, 'enabled_providers'],
    [{ allow_org_byos: 'yes' }, 'allow_org_byos'],
    [{ has_default_storage: true }, 'has_default_storage'],
  ])('refuses %j', async (body, field) => {
    await expect(
      gateway.refused('PATCH', '/storage-settings', { token: await platformToken(), body }),
    ).resolves.toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });

  it('lets a variable that is set rule over the database', async () => {
    const fixed = await TestGateway.start(database.url, {
      environment: { ALLOW_ORG_BYOS: false, ENABLED_PROVIDERS: ['sftp'] },
    });
    try {
      await expect(fixed.request('GET', '/storage-settings', { token })).resolves.toMatchObject({
        body: { enabled_providers: ['sftp'], allow_org_byos: false },
      });
    } finally {
      await fixed.stop();
    }
  });

  it('describes every kind of storage', async () => {
    const answer = await gateway.request<{ provider: string }[]>('GET', '/storage-providers', { token });
    expect(answer.status).toBe(200);
    expect(answer.body.map(({ provider }) => provider)).toEqual([...PROVIDERS]);
  });

  it("shows the public halves of the worker's keys to everyone, and no secret", async () => {
    const answer = await gateway.request<{ keys: object[] }>('GET', '/storage-keys');
    expect(answer.status).toBe(200);
    expect(answer.body.keys.map((key) => Object.keys(key).includes('d'))).toEqual([false, false]);
  });
});
