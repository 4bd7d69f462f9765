import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { connectStowage, type StowageClient } from '@stowage/client';
import {
  type Backup,
  type Operation,
  type Provider,
  PROVIDERS,
  type StorageConfig,
  type TestResult,
} from '@stowage/contracts';
import { openStorage } from '@stowage/providers/open';
import { describeOnServers } from '../tools/servers/index.js';
import { startSystem, type System } from '../tools/system/index.js';
import { askDefaultStorage } from './foreign/ask-default-storage.js';
import { transferWithForeignClient } from './foreign/transfer.js';
import { RestClient } from './rest-client.js';
import { startStorageServers, type StorageServers } from './storage-servers.js';
import { eventually } from './eventually.js';

/** The sentences for a key or user that the storage does not know, and for a secret that is wrong. */
const UNKNOWN_KEY: Record<Provider, string> = {
  aws_s3: 'Connection failed: The AWS Access Key Id you provided does not exist in our records.',
  cloudflare_r2: 'Connection failed: The AWS Access Key Id you provided does not exist in our records.',
  backblaze_b2: 'Connection failed: Invalid application key',
  minio: 'Connection failed: The AWS Access Key Id you provided does not exist in our records.',
  sftp: 'Connection failed: Authentication failed (publickey,password)',
  ftp: 'Connection failed: The FTP server refused the login',
};

/** The servers share one host, and a host is tested six times a minute: the client waits as it is told. */
const PATIENCE_MS = 150_000;

describeOnServers(['radosgw', 'sshd', 'vsftpd', 'rabbitmq'], 'the main job, on real servers', () => {
  const organization = randomUUID();
  const configs = `/storage-configs?organization_id=${organization}`;
  let servers: StorageServers;
  let system: System;
  let rest: RestClient;
  let service: StowageClient;

  beforeAll(async () => {
    servers = await startStorageServers();
    system = await startSystem({
      environment: { STORAGE_DEV_ENDPOINTS: JSON.stringify(servers.devEndpoints), LOG_LEVEL: 'debug' },
    });
    service = connectStowage({
      amqpUrl: system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: system.secrets.serviceKeys,
      workerKeys: system.secrets.workerPublicKeys.keys,
    });
  }, 120_000);

  afterAll(async () => {
    await service?.close();
    await system?.stop();
    await servers?.stop();
  }, 60_000);

  const test = (body: Record<string, unknown>) =>
    rest.send<TestResult>('POST', `/storage-configs/test-connection?organization_id=${organization}`, body);

  describe.each(PROVIDERS)('%s', (provider) => {
    let body: Record<string, unknown>;
    let config: StorageConfig;

    beforeAll(async () => {
      body = servers.bodies[provider];
      // Each storage is set up by somebody else: together they test more often than one person may.
      rest = new RestClient(system.api, await system.token({ [organization]: 'all' }, { user: `admin-${provider}` }));
    });

    it(
      'is tested before it is saved',
      async () => {
        const { status, body: result } = await test({ ...body, name: 'Before saving' });
        expect(status).toBe(200);
        expect(result).toMatchObject({
          success: true,
          message: 'Connection successful',
          bucket_exists: true,
          can_write: true,
          can_read: true,
          can_delete: true,
          latency_ms: expect.any(Number),
          code: null,
        });
      },
      PATIENCE_MS,
    );

    it(
      'says that the storage does not know the access key',
      async () => {
        const { status, body: result } = await test({ ...body, access_key: 'NOBODYKNOWSTHISKEY00' });
        expect(status).toBe(200);
        expect(result).toMatchObject({
          success: false,
          message: UNKNOWN_KEY[provider],
          can_write: null,
          latency_ms: null,
          hint: expect.stringContaining('access_key'),
        });
      },
      PATIENCE_MS,
    );

    it(
      'says that the secret is wrong',
      async () => {
        const { body: result } = await test({ ...body, secret_key: 'this-is-not-the-secret' });
        expect(result).toMatchObject({ success: false, hint: expect.stringContaining('secret_key') });
        if (provider !== 'sftp' && provider !== 'ftp') expect(result.message).not.toBe(UNKNOWN_KEY[provider]);
      },
      PATIENCE_MS,
    );

    it('is created and listed without its secrets', async () => {
      const created = await rest.send<StorageConfig>('POST', configs, { ...body, name: `Storage on ${provider}` });
      expect({ status: created.status, body: created.body }).toMatchObject({ status: 201, body: { provider } });
      config = created.body;
      const listed = await rest.send<StorageConfig[]>('GET', configs);
      expect(listed.body.map(({ id }) => id)).toContain(config.id);
      for (const answer of [created, listed]) {
        expect(answer.text).not.toContain(String(body['secret_key']));
      }
    });

    it('becomes the default in place of the one before', async () => {
      const { status, body: updated } = await rest.send<StorageConfig>('PATCH', `/storage-configs/${config.id}`, {
        is_default: true,
      });
      expect({ status, is_default: updated.is_default }).toEqual({ status: 200, is_default: true });
      const { body: listed } = await rest.send<StorageConfig[]>('GET', configs);
      expect(listed.filter(({ is_default }) => is_default).map(({ id }) => id)).toEqual([config.id]);
    });

    it('is given to a stranger who keeps to the contract, with credentials that work', async () => {
      const answer = await askDefaultStorage(system, organization);
      expect(answer.keys).toEqual(
        'aud cid credential_kind credentials error exp expires_at iat iss nonce ok organization_id storage version'.split(
          ' ',
        ),
      );
      expect(answer.storage).toMatchObject({ id: config.id, provider, path_prefix: 'environments/' });
      expect(await transferWithForeignClient(answer.storage!, answer.credentials!, 'foreign/dump.bin')).toBe(true);
    });

    it('is opened by openStorage for a backup that is recorded, protected and deleted', async () => {
      const released = await service.getDefaultStorage(organization);
      const backup = {
        organization_id: organization,
        backup_id: randomUUID(),
        storage_config_id: released.storage.id,
        environment_id: randomUUID(),
      };
      const storage = await openStorage(released, { policy: { allow: [], deny: [], allowLoopback: true } });
      const key = `${backup.backup_id}/dump.sql`;
      try {
        await service.backupStarted({ ...backup, sequence: 1, started_at: new Date().toISOString() });
        await storage.put(key, Buffer.from('select 1;'));
        expect(await text(await storage.get(key))).toBe('select 1;');
      } finally {
        await storage.close();
      }
      await service.backupCompleted({
        ...backup,
        sequence: 2,
        size_bytes: 9,
        objects: [key],
        completed_at: new Date().toISOString(),
      });
      await eventually(async () => {
        const { body: counted } = await rest.send<StorageConfig>('GET', `/storage-configs/${config.id}`);
        expect(counted).toMatchObject({ total_size_bytes: 9, object_count: 1, last_used_at: expect.any(String) });
      });

      const refused = await rest.send('DELETE', `/storage-configs/${config.id}`);
      expect({ status: refused.status, detail: refused.body['detail'] }).toEqual({
        status: 400,
        detail: 'Cannot delete storage config with 1 backups. Delete or migrate backups first.',
      });

      const { body: backups } = await rest.send<Backup[]>('GET', `/organization/${organization}/backups`);
      expect(backups.map(({ id }) => id)).toContain(backup.backup_id);
      const deletion = await rest.send<Operation>('DELETE', `/${backup.backup_id}`);
      expect(deletion.status).toBe(202);
      await eventually(async () => {
        const { body: operation } = await rest.send<Operation>('GET', `/storage-operations/${deletion.body.id}`);
        expect(operation).toMatchObject({ status: 'succeeded', error: null });
      });
      expect((await rest.send('DELETE', `/storage-configs/${config.id}`)).status).toBe(204);
      expect((await rest.send('GET', `/storage-configs/${config.id}`)).status).toBe(404);
    });
  });

  it('has logged no secret', () => {
    const logs = system.logs();
    for (const body of Object.values(servers.bodies)) expect(logs).not.toContain(String(body['secret_key']));
  });
});
