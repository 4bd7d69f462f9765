import { randomUUID } from 'node:crypto';
import { type GatewayReply, isErrorCode, type StorageConfig } from '@stowage/contracts';
import { StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import { resolveLocation, StorageFailure } from '@stowage/providers';
import { createDialer, openStorage } from '@stowage/providers/open';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { type SandboxS3, startSandboxS3 } from '../../../../tools/servers/sandbox-s3.js';
import { eventually } from '../testing/eventually.js';
import { HOST_KEY } from '../testing/scripted-prober.js';
import { TestWorker } from '../testing/test-worker.js';

describeOnDatabase('storage configurations', (database) => {
  let worker: TestWorker;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
  }, 60_000);
  afterAll(() => worker.stop());
  beforeEach(() => {
    organization = randomUUID();
  });

  describe('create', () => {
    it('stores the configuration, makes the first one the default, and tells it without its secrets', async () => {
      const created = await create({ name: 'Nightly' });
      expect(created).toMatchObject({
        organization_id: organization,
        name: 'Nightly',
        provider: 'minio',
        is_default: true,
        is_active: true,
        version: 1,
        total_size_bytes: 0,
        object_count: 0,
        last_used_at: null,
        credentials: { access_key_hint: 'MPLE', rotation_due: false },
        health: { status: 'unverified' },
      });
      const [stored] = await worker.database.getRepository(StorageConfigEntity).findBy({ id: created.id });
      expect(created).toEqual({ ...toStorageConfig(stored!), warnings: [] });
      expect(await events()).toEqual(['storage.created', 'storage.default.changed']);
      expect(await count('storage_audit', `actor = 'user:user-1' AND action = 'storage.create'`)).toBe(1);
    });

    it('makes a later one the default only where it says so, and unsets the one before', async () => {
      const first = await create({ name: 'first' });
      const second = await create({ name: 'second' });
      const third = await create({ name: 'third', is_default: true });
      expect([second.is_default, third.is_default]).toEqual([false, true]);
      expect(await defaults()).toEqual([third.id]);
      expect((await events()).slice(-3)).toEqual(['storage.updated', 'storage.created', 'storage.default.changed']);
      const [row] = await query(`SELECT version FROM storage_configs WHERE id = '${first.id}'`);
      expect(row).toEqual({ version: 2 });
    });

    it('leaves an organization without a default where its first one says "is_default": false', async () => {
      await create({ is_default: false });
      expect(await defaults()).toEqual([]);
    });

    it('keeps exactly one default when fifty are created as default at the same time', async () => {
      const replies = await Promise.all(
        Array.from({ length: 50 }, (_, index) => tryCreate({ name: `c${index}`, is_default: true })),
      );
      expect(replies.filter((reply) => !reply.ok)).toEqual([]);
      expect(await defaults()).toHaveLength(1);
    }, 60_000);

    it('creates once for an idempotency key, also when asked many times at once', async () => {
      const key = { idempotency_key: 'k-1' };
      const replies = await Promise.all(Array.from({ length: 10 }, () => tryCreate({ name: 'once' }, key)));
      const again = await tryCreate({ name: 'once' }, key);
      const ids = new Set([...replies, again].map((reply) => resultOf(reply).id));
      expect(ids.size).toBe(1);
      expect(await count('storage_configs', `organization_id = '${organization}'`)).toBe(1);
    });

    it('refuses an idempotency key that came with another body, a secret that differs included', async () => {
      await tryCreate({ name: 'once' }, { idempotency_key: 'k-2' });
      const otherName = await tryCreate({ name: 'other' }, { idempotency_key: 'k-2' });
      const otherSecret = await tryCreate(
        { name: 'once' },
        { idempotency_key: 'k-2' },
        { access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'another-secret' },
      );
      expect([codeOf(otherName), codeOf(otherSecret)]).toEqual(Array(2).fill('request.idempotency_conflict'));
    });

    it('answers a request that is delivered again with what it came to, and does nothing', async () => {
      const request = { request_id: randomUUID() };
      const first = await tryCreate({ name: 'again' }, request);
      expect(await tryCreate({ name: 'again' }, request)).toEqual(first);
      const refused = { request_id: randomUUID() };
      const taken = await tryCreate({ name: 'AGAIN' }, refused);
      expect(codeOf(taken)).toBe('config.name_taken');
      expect(await tryCreate({ name: 'AGAIN' }, refused)).toEqual(taken);
    });

    it('does once what is delivered again while it is still being done', async () => {
      const request = { request_id: randomUUID() };
      const replies = await Promise.all(Array.from({ length: 5 }, () => tryCreate({ name: 'twice' }, request)));
      expect(new Set(replies.map((reply) => resultOf(reply).id)).size).toBe(1);
      expect(await count('storage_configs', `organization_id = '${organization}'`)).toBe(1);
    });

    it('commits nothing when the deadline is nearer than a commit takes', async () => {
      const requestId = randomUUID();
      const late = tryCreate({ name: 'late' }, { request_id: requestId }, undefined, { deadline: Date.now() + 150 });
      await late.catch(() => undefined);
      const outcome = await eventually(async () => {
        const [row] = await query<{ reply: GatewayReply<unknown> }>(
          `SELECT reply FROM request_outcomes WHERE request_id = '${requestId}'`,
        );
        return row?.reply;
      });
      expect(codeOf(outcome)).toBe('request.expired');
      expect(await count('storage_configs', `organization_id = '${organization}'`)).toBe(0);
    });

    it('refuses what the rules of the provider refuse, every problem at once', async () => {
      const reply = await tryCreate({ provider: 'cloudflare_r2', endpoint_url: undefined, bucket: undefined });
      expect(reply).toMatchObject({ ok: false, error: { code: 'request.validation' } });
      expect(!reply.ok && reply.error.errors?.map(({ message }) => message)).toContain(
        'Account ID is required for Cloudflare R2',
      );
    });

    it('refuses credentials that were not sealed to this worker', async () => {
      const reply = await worker.ask('storage.create', {
        organization_id: organization,
        config: { ...MINIO, name: 'x' },
        credentials: 'a.b.c.d.e',
      });
      expect(codeOf(reply)).toBe('credentials.unreadable');
    });

    it('allows a thousand and no more', async () => {
      await create({ name: 'template' });
      await query(
        `INSERT INTO storage_configs (id, organization_id, name, provider, credentials_ct, credentials_kid, credentials_updated_at)
         SELECT gen_random_uuid(), '${organization}', 'n' || n, 'minio', credentials_ct, credentials_kid, now()
           FROM storage_configs, generate_series(1, 999) n WHERE organization_id = '${organization}'`,
      );
      expect(codeOf(await tryCreate({ name: 'one too many' }))).toBe('config.limit');
    });
  });

  describe('what only the server knows', () => {
    const sftp = { provider: 'sftp', host: 'sftp.example.com', endpoint_url: undefined, bucket: undefined };

    it('pins the host key that an SFTP server shows, without sending credentials', async () => {
      const created = await create(sftp);
      expect(created.host_key_sha256).toBe(HOST_KEY);
      expect(created.warnings?.map(({ code }) => code)).toEqual(['ssh.host_key.unconfirmed']);
      expect(worker.prober.targets.at(-1)).not.toHaveProperty('credentials');
    });

    it('does not ask a server whose host key is given', async () => {
      const asked = worker.prober.targets.length;
      const given = `SHA256:${'g'.repeat(43)}`;
      expect((await create({ ...sftp, host_key_sha256: given })).host_key_sha256).toBe(given);
      expect(worker.prober.targets).toHaveLength(asked);
    });

    it('refuses an unknown host key under the strict policy, and tells it', async () => {
      const reply = await tryCreate({ ...sftp, host_key_policy: 'strict' });
      expect(reply).toMatchObject({
        ok: false,
        error: {
          errors: [
            { field: 'host_key_sha256', code: 'ssh.host_key.unknown', message: expect.stringContaining(HOST_KEY) },
          ],
        },
      });
    });

    it('saves an FTP storage with the mode found, and never as clear text because the server was away', async () => {
      const ftp = { provider: 'ftp', host: 'ftp.example.com', endpoint_url: undefined, bucket: undefined };
      worker.prober.answerTlsMode = async () => 'none';
      const plain = await create({ ...ftp, name: 'plain' });
      worker.prober.answerTlsMode = () => Promise.reject(new StorageFailure('network.timeout'));
      const unknown = await create({ ...ftp, name: 'unknown' });
      expect([plain.tls, plain.warnings?.map(({ code }) => code)]).toEqual(['none', ['ftp.clear_text']]);
      expect([unknown.tls, unknown.warnings?.map(({ code }) => code)]).toEqual(['explicit', ['ftp.tls.assumed']]);
    });
  });

  describe('update', () => {
    it('changes what is given, counts the version, and names what changed', async () => {
      const { id } = await create();
      const updated = resultOf(await update(id, { name: 'Renamed' }));
      expect(updated).toMatchObject({ name: 'Renamed', version: 2 });
      const [event] = await query<{ data: unknown }>(
        `SELECT data FROM outbox WHERE storage_config_id = '${id}' AND event = 'storage.updated'`,
      );
      expect(event?.data).toMatchObject({ changed: ['name'], sequence: 3, storage: { name: 'Renamed' } });
      expect(event?.data).not.toHaveProperty('storage.credentials');
    });

    it('changes nothing and says nothing when nothing differs', async () => {
      const { id, name } = await create();
      expect(resultOf(await update(id, { name })).version).toBe(1);
      expect(await events()).not.toContain('storage.updated');
    });

    it('keeps exactly one default when fifty configurations are made the default at the same time', async () => {
      const ids = [];
      for (let index = 0; index < 50; index++) ids.push((await create({ name: `c${index}` })).id);
      const replies = await Promise.all(ids.map((id) => update(id, { is_default: true })));
      expect(replies.map((reply) => resultOf(reply).is_default)).toEqual(Array(50).fill(true));
      expect(await defaults()).toHaveLength(1);
    }, 60_000);

    it('refuses a version that is not the present one', async () => {
      const { id } = await create();
      expect(codeOf(await update(id, { name: 'x' }, { if_version: 2 }))).toBe('request.precondition_failed');
      expect((await update(id, { name: 'x' }, { if_version: 1 })).ok).toBe(true);
    });

    it('lets one of two changes through that were made for the same version', async () => {
      const { id } = await create();
      const replies = await Promise.all(['a', 'b'].map((name) => update(id, { name }, { if_version: 1 })));
      expect(replies.map((reply) => codeOf(reply))).toEqual(
        expect.arrayContaining([null, 'request.precondition_failed']),
      );
    });

    it('finds nothing of another owner', async () => {
      const { id } = await create();
      const foreign = { organization_id: randomUUID() };
      expect(codeOf(await update(id, { name: 'x' }, foreign))).toBe('request.not_found');
      expect(codeOf(await update(id, { name: 'x' }, { organization_id: null }))).toBe('request.not_found');
    });

    it('refuses another provider, and an inactive default', async () => {
      const { id } = await create();
      expect(codeOf(await update(id, { provider: 'ftp' }))).toBe('config.provider_fixed');
      expect(codeOf(await update(id, { is_active: false, is_default: true }))).toBe('config.inactive_default');
      expect(resultOf(await update(id, { is_active: false }))).toMatchObject({ is_active: false, is_default: true });
    });

    it('does not let a stored secret follow a changed address', async () => {
      const { id } = await create();
      const moved = { endpoint_url: 'https://elsewhere.example.com:9000' };
      expect(codeOf(await update(id, moved))).toBe('credentials.required');
      expect(codeOf(await update(id, moved, {}, { secret_key: 'half' }))).toBe('credentials.required');
      const updated = resultOf(await update(id, moved, {}, KEYS));
      expect(updated.endpoint_url).toBe('https://elsewhere.example.com:9000');
    });

    it('makes the health unknown again when what was tested has changed', async () => {
      const { id } = await create();
      await query(`UPDATE storage_configs SET health_status = 'healthy' WHERE id = '${id}'`);
      expect(resultOf(await update(id, { name: 'Renamed' })).health.status).toBe('healthy');
      expect(resultOf(await update(id, { bucket: 'other-bucket' })).health.status).toBe('unverified');
      expect(await events()).toContain('storage.health.changed');
    });

    it('refuses another bucket or folder while backups are recorded', async () => {
      const { id } = await create();
      await record(id, { state: 'completed' });
      expect(codeOf(await update(id, { bucket: 'other-bucket' }))).toBe('config.would_orphan_backups');
      expect(codeOf(await update(id, { path_prefix: 'elsewhere/' }))).toBe('config.would_orphan_backups');
      expect((await update(id, { name: 'Renamed' })).ok).toBe(true);
    });

    it('refuses another address at which the newest recorded backup is not found', async () => {
      const { id } = await create();
      await record(id, { state: 'completed' });
      const moved = { endpoint_url: 'http://127.0.0.1:1' };
      expect(codeOf(await update(id, moved, {}, KEYS))).toBe('config.would_orphan_backups');
    });

    it('follows a storage to another address where the newest recorded backup is found with its size', async () => {
      const server = await startSandboxS3();
      try {
        const location = { storage: sandboxLocation(server), credentials: server.users.full };
        const dialer = createDialer(LOOPBACK, { provider: 'minio', organizationId: organization });
        const storage = await openStorage(location, { dialer });
        await storage.put('a.tar.gz', Buffer.alloc(10));
        await storage.close();
        const { id } = await create({ endpoint_url: server.endpoint, bucket: server.bucket });
        await record(id, { state: 'completed' });
        const moved = { endpoint_url: `http://localhost:${server.port}` };
        expect(resultOf(await update(id, moved, {}, server.users.full)).endpoint_url).toBe(moved.endpoint_url);
        await query(`UPDATE backups SET size_bytes = 11 WHERE storage_config_id = '${id}'`);
        const back = await update(id, { endpoint_url: server.endpoint }, {}, server.users.full);
        expect(codeOf(back)).toBe('config.would_orphan_backups');
      } finally {
        await server.stop();
      }
    });

    it('takes a new password alone, and keeps the user name that it had', async () => {
      const { id } = await create();
      expect((await update(id, {}, {}, { secret_key: 'a-new-secret-key' })).ok).toBe(true);
      await worker.ask('storage.test', { organization_id: organization, storage_config_id: id, depth: 'quick' });
      expect(worker.prober.probed.at(-1)?.credentials.reveal()).toEqual({
        access_key: KEYS.access_key,
        secret_key: 'a-new-secret-key',
      });
    });
  });

  describe('delete', () => {
    it('removes it, and leaves no default behind', async () => {
      const { id } = await create();
      expect(await remove(id)).toEqual({ ok: true, result: null });
      expect(await count('storage_configs', `id = '${id}'`)).toBe(0);
      expect((await events()).slice(-2)).toEqual(['storage.deleted', 'storage.default.changed']);
      const [last] = await query<{ data: unknown }>(`SELECT data FROM outbox ORDER BY id DESC LIMIT 1`);
      expect(last?.data).toEqual({ organization_id: organization, storage_config_id: null, previous_id: id });
    });

    it('refuses, in the documented words, while backups are recorded', async () => {
      const { id } = await create();
      for (let index = 0; index < 42; index++) await record(id, { state: 'completed' });
      expect(await remove(id)).toMatchObject({
        error: {
          code: 'config.has_backups',
          detail: 'Cannot delete storage config with 42 backups. Delete or migrate backups first.',
        },
      });
    });

    it('counts a running backup for a day, and none that failed or was deleted', async () => {
      const { id } = await create();
      await record(id, { state: 'running', startedAt: `now() - interval '23 hours'` });
      expect(codeOf(await remove(id))).toBe('config.has_backups');
      await query(`UPDATE backups SET started_at = now() - interval '25 hours' WHERE storage_config_id = '${id}'`);
      await record(id, { state: 'failed' });
      await record(id, { state: 'deleted' });
      expect((await remove(id)).ok).toBe(true);
    });
  });

  it('keeps no secret in clear in any column, whatever was asked', async () => {
    const canary = `canary-${randomUUID()}`;
    const secrets = { access_key: `AK${canary}`, secret_key: `SK${canary}` };
    const key = { idempotency_key: randomUUID() };
    const { id } = resultOf(await tryCreate({ name: 'canary' }, key, secrets));
    await tryCreate({ name: 'canary', bucket: 'no' }, {}, secrets);
    await update(id, { name: 'canary 2' }, {}, { secret_key: `SK2${canary}` });
    const tables = await query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const hits = [];
    for (const { name } of tables) {
      const rows = await query(`SELECT 1 FROM ${name} AS t WHERE t::text LIKE '%${canary}%'
         OR t::text LIKE '%${Buffer.from(canary).toString('hex')}%'`);
      if (rows.length > 0) hits.push(name);
    }
    expect(tables.length).toBeGreaterThan(8);
    expect(hits).toEqual([]);
  });

  const MINIO = { provider: 'minio', endpoint_url: 'https://s3.example.com:9000', bucket: 'backups' };
  const KEYS = { access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' };

  async function tryCreate(
    config: Record<string, unknown>,
    request: Record<string, unknown> = {},
    secrets: object = KEYS,
    options: { deadline?: number } = {},
  ): Promise<GatewayReply<StorageConfig>> {
    return worker.ask(
      'storage.create',
      {
        organization_id: organization,
        config: { name: randomUUID(), ...MINIO, ...config },
        credentials: await worker.sealed(secrets),
        ...request,
      },
      options,
    );
  }

  async function create(config: Record<string, unknown> = {}): Promise<StorageConfig> {
    return resultOf(await tryCreate(config));
  }

  async function update(
    id: string,
    config: Record<string, unknown>,
    request: Record<string, unknown> = {},
    secrets: object | null = null,
  ): Promise<GatewayReply<StorageConfig>> {
    const credentials = secrets && (await worker.sealed(secrets));
    return worker.ask('storage.update', {
      organization_id: organization,
      storage_config_id: id,
      config,
      credentials,
      ...request,
    });
  }

  function remove(id: string): Promise<GatewayReply<null>> {
    return worker.ask('storage.delete', { organization_id: organization, storage_config_id: id });
  }

  async function record(
    storageConfigId: string,
    { state, startedAt = 'now()' }: { state: string; startedAt?: string },
  ) {
    await query(
      `INSERT INTO backups (id, organization_id, storage_config_id, state, sequence, size_bytes, objects, started_at, completed_at)
       VALUES (gen_random_uuid(), '${organization}', '${storageConfigId}', '${state}', 1, 10, '{a.tar.gz}', ${startedAt}, now())`,
    );
  }

  function query<T = unknown>(sql: string): Promise<T[]> {
    return worker.database.query(sql);
  }

  async function count(table: string, where: string): Promise<number> {
    const [row] = await query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE ${where}`);
    return row!.count;
  }

  async function defaults(): Promise<string[]> {
    const rows = await query<{ id: string }>(
      `SELECT id FROM storage_configs WHERE is_default AND organization_id = '${organization}'`,
    );
    return rows.map(({ id }) => id);
  }

  async function events(): Promise<string[]> {
    const rows = await query<{ event: string }>(
      `SELECT event FROM outbox WHERE organization_id = '${organization}' ORDER BY id`,
    );
    return rows.map(({ event }) => event);
  }
});

const LOOPBACK = { allow: [], deny: [], allowLoopback: true };

function sandboxLocation({ endpoint, bucket }: SandboxS3) {
  return resolveLocation({ ...NO_LOCATION, organization_id: null, provider: 'minio', endpoint_url: endpoint, bucket });
}

const NO_LOCATION = {
  region: null,
  account_id: null,
  jurisdiction: null,
  host: null,
  port: null,
  tls: null,
  host_key_sha256: null,
  ca_certificate: null,
  path_prefix: null,
  storage_class: null,
};

function resultOf<T>(reply: GatewayReply<T>): T {
  if (!reply.ok) throw new Error(JSON.stringify(reply.error));
  return reply.result;
}

function codeOf(reply: GatewayReply<unknown>): string | null {
  if (reply.ok) return null;
  expect(isErrorCode(reply.error.code)).toBe(true);
  return reply.error.code;
}
