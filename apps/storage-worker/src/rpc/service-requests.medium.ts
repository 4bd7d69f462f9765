import { randomUUID } from 'node:crypto';
import { EXCHANGES, type GatewayReply, type StorageConfig, type StorageLocation, schemaOf } from '@stowage/contracts';
import { unseal } from '@stowage/encryption';
import { StorageFailure } from '@stowage/providers';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { SERVICE, TestWorker } from '../testing/test-worker.js';

const KEYS = { access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' };
const MINIO = { provider: 'minio', endpoint_url: 'https://s3.example.com:9000', bucket: 'backups' };

/** spec: the payload is the whole answer, all keys always present. */
const REPLY_KEYS = [
  'aud',
  'cid',
  'credential_kind',
  'credentials',
  'error',
  'exp',
  'expires_at',
  'iat',
  'iss',
  'nonce',
  'ok',
  'organization_id',
  'storage',
  'version',
];

describeOnDatabase('requests of services', (database) => {
  let worker: TestWorker;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url, { NODE_ENV: 'production', EGRESS_ALLOW_LOOPBACK: '' });
  }, 60_000);
  afterAll(() => worker.stop());
  beforeEach(async () => {
    organization = randomUUID();
    await worker.database.query('DELETE FROM storage_configs WHERE organization_id IS NULL');
  });

  it('are answered with the default storage, complete, signed, and sealed to the service', async () => {
    const config = await create({ name: 'Nightly', path_prefix: 'a/b' });
    const nonce = randomUUID();
    const answer = await askDefault({ nonce });
    expect(Object.keys(answer).sort((a, b) => a.localeCompare(b))).toEqual(REPLY_KEYS);
    expect(answer).toMatchObject({
      iss: 'storage-worker',
      aud: SERVICE.name,
      nonce,
      ok: true,
      organization_id: organization,
      version: 1,
      credential_kind: 'static',
      expires_at: null,
      error: null,
    });
    expect(answer.exp - answer.iat).toBe(60);
    expect(answer['storage']).toEqual({
      id: config.id,
      organization_id: organization,
      name: 'Nightly',
      provider: 'minio',
      bucket: 'backups',
      region: expect.any(String),
      endpoint_url: 'https://s3.example.com:9000',
      addressing: 'path',
      checksum_mode: expect.stringMatching(/^(crc32|required|md5)$/),
      part_size_bytes: expect.any(Number),
      storage_class: null,
      path_prefix: 'a/b/',
      host: null,
      port: null,
      tls: null,
      host_key_sha256: null,
      ca_certificate: null,
      is_active: true,
      health: { status: 'unverified', checked_at: null },
    });
    expect(await opened(answer)).toEqual(KEYS);
  });

  it('are refused with an answer as complete and signed as any', async () => {
    const answer = await askDefault();
    expect(Object.keys(answer).sort((a, b) => a.localeCompare(b))).toEqual(REPLY_KEYS);
    expect(answer).toMatchObject({
      ok: false,
      organization_id: organization,
      version: null,
      storage: null,
      credentials: null,
      credential_kind: null,
      error: {
        code: 'storage.default.none',
        detail:
          'No storage is configured for this organization. Add a storage provider in Settings -> Storage before creating backups.',
        retryable: false,
      },
    });
  });

  it('see a change of credentials in the very next answer, though sealing is kept', async () => {
    const { id } = await create({});
    expect(await opened(await askDefault())).toEqual(KEYS);
    const changed = { ...KEYS, secret_key: 'rotated-rotated-rotated' };
    await worker.ask('storage.update', {
      organization_id: organization,
      storage_config_id: id,
      config: {},
      credentials: await worker.sealed(changed),
    });
    expect(await opened(await askDefault())).toEqual(changed);
  });

  it.each([
    ['address', `SET endpoint_url = 'https://evil.example.com'`],
    ['address to no URL', `SET endpoint_url = 'https://[evil'`],
    ['organization', `SET organization_id = '4f2f6a1e-6d43-4f4c-9c8e-3f3b2c1d0e9f'`],
  ])(
    'release nothing for a row whose %s was changed in the database, though sealing is kept',
    async (_what, change) => {
      const { id } = await create({});
      const ask = (organization_id: string) =>
        worker.askAsService('storage.config.get', {
          organization_id,
          storage_config_id: id,
          purpose: 'read',
        }) as Promise<Answer>;
      expect(await opened(await ask(organization))).toEqual(KEYS);
      const [[{ organization_id: owner }]] = await worker.database.query<[[{ organization_id: string }]]>(
        `UPDATE storage_configs ${change} WHERE id = $1 RETURNING organization_id`,
        [id],
      );
      expect(await ask(owner)).toMatchObject({
        ok: false,
        credentials: null,
        error: { code: 'credentials.unavailable' },
      });
    },
  );

  describe('for a default', () => {
    it('are refused where the default is inactive', async () => {
      const { id } = await create({});
      await worker.ask('storage.update', {
        organization_id: organization,
        storage_config_id: id,
        config: { is_active: false },
      });
      expect(errorOf(await askDefault())).toBe('storage.default.inactive');
    });

    it("get the platform's, in a folder of the organization's own, where it owns no configuration", async () => {
      await create({ path_prefix: 'tenants' }, null);
      const { storage } = await askDefault();
      expect(storage).toMatchObject({ organization_id: null, path_prefix: `tenants/${organization}/` });
    });

    it("do not get the platform's where the organization owns a configuration that is no default", async () => {
      await create({}, null);
      await create({ is_default: false });
      expect(errorOf(await askDefault())).toBe('storage.default.none');
    });
  });

  describe('for a certain storage', () => {
    it('may read an inactive one, and not write to it', async () => {
      const { id } = await create({});
      await worker.ask('storage.update', {
        organization_id: organization,
        storage_config_id: id,
        config: { is_active: false },
      });
      expect((await askConfig(id, 'read')).ok).toBe(true);
      expect(errorOf(await askConfig(id, 'write'))).toBe('storage.inactive');
    });

    it('do not get the storage of another organization', async () => {
      const { id } = await create({});
      organization = randomUUID();
      expect(errorOf(await askConfig(id, 'read'))).toBe('storage.not_found');
    });

    it("may read a backup on the platform's storage, and write there only without a storage of its own", async () => {
      const { id } = await create({}, null);
      expect((await askConfig(id, 'write')).storage).toMatchObject({ path_prefix: `${organization}/` });
      await create({});
      expect(errorOf(await askConfig(id, 'write'))).toBe('storage.not_found');
      expect((await askConfig(id, 'read')).storage).toMatchObject({ path_prefix: `${organization}/` });
    });
  });

  it('release nothing for an SFTP storage without a pinned host key, and have it tested', async () => {
    const answerHostKey = worker.prober.answerHostKey;
    worker.prober.answerHostKey = () => Promise.reject(new StorageFailure('network.timeout'));
    const { id } = await create({
      provider: 'sftp',
      host: 'sftp.example.com',
      bucket: undefined,
      endpoint_url: undefined,
    });
    worker.prober.answerHostKey = answerHostKey;
    const answer = await askDefault();
    expect(answer).toMatchObject({ error: { code: 'storage.host_key.unpinned', retryable: true }, credentials: null });
    const [operation] = await worker.database.query(
      'SELECT kind FROM storage_operations WHERE storage_config_id = $1',
      [id],
    );
    expect(operation).toEqual({ kind: 'storage.test' });
  });

  describe('are refused', () => {
    it('from an unknown or missing broker user, without an audience', async () => {
      await create({});
      expect(await askDefault({}, { user_id: 'somebody' })).toMatchObject({
        aud: null,
        error: { code: 'request.user_id' },
      });
    });

    it('for a recipient that is not the caller', async () => {
      expect(errorOf(await askDefault({ recipient: 'another-service' }))).toBe('request.recipient');
    });

    it('with a higher major version of the schema', async () => {
      const headers = { schema: 'storage.default.get/2', 'organization-id': organization };
      expect(errorOf(await askDefault({}, { headers }))).toBe('request.unsupported_schema');
    });

    it('where header and body name different organizations', async () => {
      expect(errorOf(await askDefault({}, { headers: {} }))).toBe('request.validation');
      const headers = { schema: schemaOf('storage.default.get'), 'organization-id': randomUUID() };
      expect(errorOf(await askDefault({}, { headers }))).toBe('request.validation');
    });

    it('where the question is not one', async () => {
      expect(errorOf(await askDefault({ purpose: 'read' }))).toBe('request.validation');
      expect(errorOf(await askDefault({ organization_id: 'all' }))).toBe('request.validation');
    });
  });

  it('are understood in the shape of a plain NestJS client, and answered in it', async () => {
    await create({});
    const reply = await worker.broker.request(
      {
        exchange: EXCHANGES.rpc,
        routing_key: 'storage.default.get',
        user_id: SERVICE.amqpUser,
        correlation_id: randomUUID(),
        data: {
          pattern: 'storage.default.get',
          data: { organization_id: organization, recipient: SERVICE.name, purpose: 'write', nonce: 'n-1' },
          id: 'nest-1',
        },
      },
      { deadline: Date.now() + 20_000 },
    );
    expect(reply.json()).toEqual({ response: { signed: expect.any(String) }, isDisposed: true, id: 'nest-1' });
  });

  async function create(config: Record<string, unknown>, owner: string | null = organization): Promise<StorageConfig> {
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      organization_id: owner,
      config: { name: randomUUID(), ...MINIO, ...config },
      credentials: await worker.sealed(KEYS),
    });
    if (!reply.ok) throw new Error(JSON.stringify(reply.error));
    return reply.result;
  }

  function askDefault(data: Record<string, unknown> = {}, message: Parameters<TestWorker['askAsService']>[2] = {}) {
    return worker.askAsService(
      'storage.default.get',
      { organization_id: organization, purpose: 'write', ...data },
      message,
    ) as Promise<Answer>;
  }

  function askConfig(id: string, purpose: 'read' | 'write') {
    const data = { organization_id: organization, storage_config_id: id, purpose };
    return worker.askAsService('storage.config.get', data) as Promise<Answer>;
  }

  async function opened(answer: Answer): Promise<unknown> {
    return unseal(answer.credentials!, [worker.serviceKey]);
  }
});

type Answer = Awaited<ReturnType<TestWorker['askAsService']>> & {
  storage: StorageLocation | null;
  credentials: string | null;
  error: { code: string } | null;
};

function errorOf({ error }: Answer): string | null {
  return error?.code ?? null;
}
