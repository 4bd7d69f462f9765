import { randomUUID } from 'node:crypto';
import type {
  GatewayMethod,
  GatewayReply,
  Operation,
  StorageConfig,
  StorageSettings,
  TestResult,
} from '@stowage/contracts';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { SUCCESS } from '../testing/scripted-prober.js';
import { TestWorker } from '../testing/test-worker.js';

const KEYS = { access_key: 'AKIDEXAMPLE-EXAMPLE', secret_key: 'wJalrXUtnFEMI-K7MDENG' };
const MINIO = { provider: 'minio', endpoint_url: 'https://s3.example.com:9000', bucket: 'backups' };

describeOnDatabase('requests of the gateway', (database) => {
  let worker: TestWorker;
  let organization: string;

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
  }, 60_000);
  afterAll(() => worker.stop());
  beforeEach(() => {
    organization = randomUUID();
    worker.prober.result = SUCCESS;
  });

  describe('storage.test', () => {
    it('tests what is not saved, tells each step as it ends, and stores nothing', async () => {
      const steps: unknown[] = [];
      const reply = await worker.ask<TestResult>(
        'storage.test',
        {
          organization_id: organization,
          depth: 'quick',
          config: { ...MINIO, path_prefix: '/a//b' },
          credentials: await worker.sealed(KEYS),
        },
        { onProgress: (step) => steps.push(step) },
      );
      expect(reply).toMatchObject({ ok: true, result: { success: true, warnings: [{ code: 'config.path_prefix' }] } });
      expect(steps).toEqual([{ name: 'authenticate', status: 'ok', duration_ms: 3, message: null }]);
      const probed = worker.prober.probed.at(-1)!;
      expect(probed.location).toMatchObject({ path_prefix: 'a/b/', bucket: 'backups' });
      expect(probed.credentials.reveal()).toEqual(KEYS);
      expect(JSON.stringify(probed)).not.toContain(KEYS.secret_key);
      expect(
        await worker.database.query('SELECT 1 FROM storage_configs WHERE organization_id = $1', [organization]),
      ).toEqual([]);
    });

    it('stores the health of a saved configuration', async () => {
      const { id } = await create();
      worker.prober.result = {
        ...SUCCESS,
        success: false,
        code: 'container.not_found',
        message: 'Connection failed: x',
      };
      const reply = await worker.ask('storage.test', {
        organization_id: organization,
        storage_config_id: id,
        depth: 'full',
      });
      expect(reply).toMatchObject({ ok: true, result: { success: false } });
      const [row] = await worker.database.query(
        'SELECT health_status, health_code FROM storage_configs WHERE id = $1',
        [id],
      );
      expect(row).toEqual({ health_status: 'failing', health_code: 'container.not_found' });
    });

    it('finds nothing of another organization', async () => {
      const { id } = await create();
      const request = { organization_id: randomUUID(), storage_config_id: id, depth: 'quick' };
      expect(await worker.ask('storage.test', request)).toMatchObject({ error: { code: 'request.not_found' } });
    });
  });

  it('storage.usage.refresh queues an operation, once for each request', async () => {
    const { id } = await create();
    const request = { request_id: randomUUID(), organization_id: organization, storage_config_id: id };
    const first = await worker.ask<Operation>('storage.usage.refresh', request);
    expect(first).toMatchObject({
      ok: true,
      result: { id: request.request_id, kind: 'storage.usage.refresh', organization_id: organization },
    });
    expect(await worker.ask('storage.usage.refresh', request)).toEqual(first);
  });

  describe('backup.delete', () => {
    it('queues the deletion of a completed backup and records who asked', async () => {
      const { id } = await create();
      const backup = await record(id, 'completed');
      const reply = await worker.ask<Operation>('backup.delete', { organization_id: organization, backup_id: backup });
      expect(reply).toMatchObject({ ok: true, result: { kind: 'backup.delete', storage_config_id: id } });
      const [audited] = await worker.database.query(
        `SELECT actor, ip, detail FROM storage_audit WHERE action = 'backup.delete' AND storage_config_id = $1`,
        [id],
      );
      expect(audited).toMatchObject({ actor: 'user:user-1', ip: '203.0.113.7', detail: { backup_id: backup } });
    });

    it('refuses one that is running, and finds none of another organization', async () => {
      const { id } = await create();
      const running = await record(id, 'running');
      const completed = await record(id, 'completed');
      const foreign = randomUUID();
      expect(await codeOf('backup.delete', { organization_id: organization, backup_id: running })).toBe(
        'storage.backup_running',
      );
      expect(await codeOf('backup.delete', { organization_id: foreign, backup_id: completed })).toBe(
        'request.not_found',
      );
    });
  });

  it('operation.cancel finds nothing of another organization', async () => {
    const request = { organization_id: organization, operation_id: randomUUID() };
    expect(await codeOf('operation.cancel', request)).toBe('request.not_found');
  });

  describe('egress.report_scan', () => {
    it('keeps in the audit that an organization seems to look for hosts, once an hour', async () => {
      const scan = { host: '192.0.2.5', port: 2210 };
      for (const organization_id of [organization, organization, null, null]) {
        await expect(worker.ask('egress.report_scan', { organization_id, scan })).resolves.toMatchObject({ ok: true });
      }
      const audited = await worker.database.query(
        `SELECT actor, ip, detail FROM storage_audit
          WHERE action = 'egress.scan_suspected' AND (organization_id = $1 OR organization_id IS NULL)`,
        [organization],
      );
      const entry = { actor: 'user:user-1', ip: '203.0.113.7', detail: scan };
      expect(audited).toEqual([entry, entry]);
    });
  });

  describe('settings.update', () => {
    afterEach(() => worker.database.query('DELETE FROM platform_settings'));

    it('switches a provider off: new, changed and tested storages are refused, what exists is still deleted', async () => {
      const { id } = await create();
      const reply = await worker.ask<StorageSettings>('settings.update', { config: { enabled_providers: ['aws_s3'] } });
      expect(reply).toMatchObject({ ok: true, result: { enabled_providers: ['aws_s3'], allow_org_byos: true } });
      const saved = { organization_id: organization, storage_config_id: id };
      expect(await codeOf('storage.update', { ...saved, config: { name: 'x' } })).toBe('settings.provider_disabled');
      expect(await codeOf('storage.test', { ...saved, depth: 'quick' })).toBe('settings.provider_disabled');
      await expect(create()).rejects.toThrow('settings.provider_disabled');
      expect(await codeOf('storage.delete', saved)).toBeNull();
    });

    it("switches organizations' own storage off, in the documented words; the platform's own stays", async () => {
      await worker.ask('settings.update', { config: { allow_org_byos: false } });
      await expect(create()).rejects.toThrow(
        'Organization storage configuration is not enabled on this platform. Contact your platform administrator.',
      );
      const { id } = await create(null);
      expect(await codeOf('storage.delete', { storage_config_id: id })).toBeNull();
    });

    it('tells the platform, and no organization, what was changed', async () => {
      await worker.ask('settings.update', { config: { allow_org_byos: true, enabled_providers: ['aws_s3'] } });
      const told = await worker.database.query(
        `SELECT organization_id, data FROM outbox WHERE event = 'storage.settings.changed' ORDER BY id DESC LIMIT 1`,
      );
      const data = { organization_id: null, storage_config_id: null };
      const changed = expect.arrayContaining(['allow_org_byos', 'enabled_providers']);
      expect(told).toEqual([{ organization_id: null, data: { ...data, changed } }]);
    });

    it('refuses what is no setting', async () => {
      expect(await codeOf('settings.update', { config: { enabled_providers: ['dropbox'] } })).toBe(
        'request.validation',
      );
      expect(await codeOf('settings.update', { config: { secret: true } })).toBe('request.validation');
    });
  });

  describe('that are malformed', () => {
    const NUL = 'a\0b';
    const envelope: [string, unknown][] = [
      ['actor', null],
      ['actor', 'user-1'],
      ['actor', { id: NUL, kind: 'user', ip: null }],
      ['actor', { id: 'user-1', kind: 'service', ip: null }],
      ['actor', { id: 'user-1', kind: 'user', ip: { a: 1 } }],
      ['request_id', 'no uuid'],
      ['request_id', null],
      ['idempotency_key', NUL],
      ['idempotency_key', ['k']],
      ['organization_id', 'no uuid'],
      ['organization_id', { constructor: 1 }],
      ['organization_id', undefined],
      ['storage_config_id', 5],
      ['if_version', 1.5],
      ['if_version', '1'],
      ['config', 'no object'],
      ['config', { constructor: 1 }],
      ['config', [{ constructor: 'x' }]],
      ['config', { 'a\0b': 1 }],
      ['config', { '\ud800': { x: 1 } }],
      ['credentials', {}],
      ['credentials', NUL],
    ];
    const own: [GatewayMethod, string, unknown][] = [
      ['storage.update', 'storage_config_id', null],
      ['storage.delete', 'storage_config_id', null],
      ['storage.usage.refresh', 'storage_config_id', 'x'],
      ['storage.test', 'depth', 'deep'],
      ['operation.cancel', 'operation_id', NUL],
      ['backup.delete', 'backup_id', undefined],
      ['egress.report_scan', 'scan', null],
      ['egress.report_scan', 'scan', { host: NUL, port: 1 }],
      ['egress.report_scan', 'scan', { host: 'h.example', port: 1e9 }],
      ['settings.update', 'config', null],
      ['egress.replace_allowances', 'config', { allowances: [{ constructor: 1 }] }],
    ];

    it.each(envelope)('are refused for their %s %j', async (field, value) => {
      const request = { organization_id: organization, config: { name: 'x', ...MINIO }, [field]: value };
      expect(await codeOf('storage.create', request)).toBe('request.validation');
    });

    it.each(own)('%s is refused for its %s %j', async (method, field, value) => {
      const good = { storage_config_id: randomUUID(), depth: 'quick', organization_id: organization };
      expect(await codeOf(method, { ...good, [field]: value })).toBe('request.validation');
    });
  });

  it('are timed, and the worker says that it is ready for them', async () => {
    await worker.app.listen(0, '127.0.0.1');
    const url = await worker.app.getUrl();
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        database: 'up',
        consuming: true,
        blocked: false,
        keys: { active: expect.any(String), problem: null },
        draining: false,
      },
    ]);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await create();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/rpc_server_duration_seconds_count\{method="storage.create",outcome="ok"\} \d+/);
  });

  async function create(owner: string | null = organization): Promise<StorageConfig> {
    const reply: GatewayReply<StorageConfig> = await worker.ask('storage.create', {
      organization_id: owner,
      config: { name: randomUUID(), ...MINIO },
      credentials: await worker.sealed(KEYS),
    });
    if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.detail}`);
    return reply.result;
  }

  async function codeOf(...[method, request]: Parameters<TestWorker['ask']>): Promise<string | null> {
    const reply = await worker.ask(method, request);
    return reply.ok ? null : reply.error.code;
  }

  async function record(storageConfigId: string, state: 'running' | 'completed'): Promise<string> {
    const [row]: { id: string }[] = await worker.database.query(
      `INSERT INTO backups (id, organization_id, storage_config_id, state, sequence, started_at)
       VALUES (gen_random_uuid(), $1, $2, $3, 1, now()) RETURNING id`,
      [organization, storageConfigId, state],
    );
    return row!.id;
  }
});

describeOnDatabase('settings that the environment fixes', (database) => {
  it('rule, and are not changed by anybody', async () => {
    const worker = await TestWorker.start(database.url, { ALLOW_ORG_BYOS: 'false', ENABLED_PROVIDERS: 'minio,sftp' });
    try {
      const patch = (config: object) => worker.ask<StorageSettings>('settings.update', { config });
      expect(await patch({ allow_org_byos: true })).toMatchObject({ error: { code: 'settings.fixed_by_environment' } });
      expect(await patch({ enabled_providers: [] })).toMatchObject({
        error: { code: 'settings.fixed_by_environment' },
      });
      expect(await patch({})).toMatchObject({
        result: { allow_org_byos: false, enabled_providers: ['minio', 'sftp'], has_default_storage: false },
      });
    } finally {
      await worker.stop();
    }
  }, 60_000);
});
