import { unseal } from '@stowage/encryption';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { TEST_RESULT } from '../testing/bodies.js';
import { TestGateway, TestOrganization } from '../testing/test-gateway.js';
import type { LeastPrivilegePolicy } from './least-privilege-policy.dto.js';
import type { SshKey } from './ssh-key.dto.js';

describeOnDatabase('storage tools', (database) => {
  let gateway: TestGateway;
  let token: string;
  const organization = new TestOrganization();
  const inOrganization = `organization_id=${organization.id}`;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url, { environment: { EGRESS_PUBLIC_IPS: ['203.0.113.7'] } });
    token = await organization.token(['org.storage.create']);
  }, 30_000);
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.worker.reset());

  const policy = (body: unknown) =>
    gateway.request<LeastPrivilegePolicy>('POST', `/storage-tools/policy?${inOrganization}`, { token, body });
  const makeKey = async (): Promise<SshKey> =>
    (await gateway.request<SshKey>('POST', `/storage-tools/ssh-key?${inOrganization}`, { token })).body;

  it('answers a policy for the bucket and prefix', async () => {
    const { status, body } = await policy({ provider: 'aws_s3', bucket: 'oecsh-backups', path_prefix: 'backups/' });
    expect(status).toBe(200);
    expect(body.documents[0]?.content).toContain('arn:aws:s3:::oecsh-backups/backups/*');
    expect(body.optional.map(({ permission }) => permission)).toContain('s3:ListBucket');
  });

  it('names the addresses of this platform', async () => {
    const { body } = await policy({ provider: 'sftp' });
    expect(JSON.stringify(body)).toContain('203.0.113.7');
  });

  it('refuses secrets, a missing bucket and unknown providers', async () => {
    for (const [body, field] of [
      [{ provider: 'aws_s3', bucket: 'oecsh-backups', secret_key: 'canary' }, 'secret_key'],
      [{ provider: 'aws_s3' }, 'bucket'],
      [{ provider: 'gopher', bucket: 'oecsh-backups' }, 'provider'],
    ] as const) {
      const refused = await gateway.refused('POST', `/storage-tools/policy?${inOrganization}`, { token, body });
      expect(refused).toMatchObject({ status: 422, body: { errors: [expect.objectContaining({ field })] } });
    }
  });

  it('makes a key pair whose private half only the worker can read, for this organization', async () => {
    const { public_key, authorized_keys, private_key_sealed } = await makeKey();
    expect(public_key).toMatch(/^ssh-ed25519 \S+ stowage-\d{4}-\d\d-\d\d$/);
    expect(authorized_keys).toBe(`restrict,command="internal-sftp" ${public_key}`);
    await expect(unseal(private_key_sealed, gateway.workerKeys.keys)).resolves.toEqual({
      organization_id: organization.id,
      private_key: expect.stringMatching(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/),
    });
  });

  it('passes a sealed key on as it is, in place of a private key', async () => {
    gateway.worker.on('storage.test', () => TEST_RESULT);
    const { private_key_sealed } = await makeKey();
    const body = { provider: 'sftp', host: 'sftp.example.com', access_key: 'stowage', private_key_sealed };
    const path = `/storage-configs/test-connection?${inOrganization}`;
    await expect(gateway.request('POST', path, { token, body })).resolves.toMatchObject({ status: 200 });
    const { config, credentials } = gateway.worker.lastRequest;
    expect(config).toMatchObject({ private_key_sealed });
    await expect(unseal(credentials!, gateway.workerKeys.keys)).resolves.toEqual({ access_key: 'stowage' });
  });

  it('refuses a sealed key beside a private key, for another provider, or altered', async () => {
    const { private_key_sealed } = await makeKey();
    const sftp = { provider: 'sftp', host: 'sftp.example.com', access_key: 'stowage', private_key_sealed };
    const private_key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
    for (const body of [
      { ...sftp, private_key },
      { ...sftp, provider: 'ftp', secret_key: 'x' },
      { ...sftp, private_key_sealed: 'not sealed' },
    ]) {
      const refused = await gateway.refused('POST', `/storage-configs/test-connection?${inOrganization}`, {
        token,
        body,
      });
      expect(refused).toMatchObject({
        status: 422,
        body: { errors: [expect.objectContaining({ field: 'private_key_sealed' })] },
      });
    }
    expect(gateway.worker.received).toEqual([]);
  });
});
