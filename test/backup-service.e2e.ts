import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup, StorageConfig } from '@stowage/contracts';
import { describeOnServers, startSandboxS3, type SandboxS3 } from '../tools/servers/index.js';
import { LeashedProcess } from '../tools/servers/leashed-process.js';
import { freePort } from '../tools/servers/ports.js';
import { run } from '../tools/servers/run.js';
import { startSystem, type System } from '../tools/system/index.js';
import { eventually } from './eventually.js';
import { RestClient } from './rest-client.js';

describeOnServers(['rabbitmq'], 'the example backup service', () => {
  const organization = randomUUID();
  let s3: SandboxS3;
  let system: System;
  let rest: RestClient;
  let service: LeashedProcess;
  let url: string;

  beforeAll(async () => {
    [s3, system] = await Promise.all([startSandboxS3(), startSystem()]);
    rest = new RestClient(system.api, await system.token({ [organization]: 'all' }));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = new LeashedProcess({
      name: 'backup-service',
      command: process.execPath,
      args: [join(process.cwd(), 'dist', 'examples', 'backup-service', 'src', 'main.js')],
      logFile: join(system.directory, 'backup-service.log'),
      env: { PATH: process.env['PATH'], PORT: String(port), ...(await environment()) },
    });
    await service.ready(async () => (await fetch(`${url}/health`).catch(() => null))?.ok ?? false, 30);
  }, 120_000);

  afterAll(async () => {
    await service?.stop();
    await system?.stop();
    await s3?.stop();
  }, 60_000);

  async function environment(): Promise<Record<string, string>> {
    const inDirectory = (name: string) => join(system.directory, name);
    await mkdir(inDirectory('filestore'));
    await writeFile(inDirectory('service-keys.json'), JSON.stringify({ keys: system.secrets.serviceKeys }));
    return {
      AMQP_URL: system.serviceAmqpUrl,
      SERVICE_KEYS_FILE: inDirectory('service-keys.json'),
      WORKER_PUBLIC_KEYS_FILE: inDirectory('worker-keys.public.json'),
      FILESTORE: inDirectory('filestore'),
      RESTORE_TO: inDirectory('restored'),
      EGRESS_ALLOW_LOOPBACK: 'true',
    };
  }

  const post = async (path: string, body: object): Promise<{ status: number; body: Record<string, string> }> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  it('backs up to the default storage, reports it, and gives every byte back', async () => {
    const photo = randomBytes(300_000);
    await writeFile(join(system.directory, 'filestore', 'photo.jpg'), photo);
    const { body: config } = await rest.send<StorageConfig>(
      'POST',
      `/storage-configs?organization_id=${organization}`,
      {
        name: 'Sandbox',
        provider: 'minio',
        endpoint_url: s3.endpoint,
        bucket: s3.bucket,
        path_prefix: 'environments/',
        ...s3.users.full,
      },
    );

    const written = await post('/backups', { organization_id: organization, environment_id: randomUUID() });
    expect(written).toMatchObject({ status: 201, body: { storage_config_id: config.id } });
    const { backup_id } = written.body;
    await eventually(async () => {
      const { body: backups } = await rest.send<Backup[]>('GET', `/organization/${organization}/backups`);
      expect(backups).toMatchObject([{ id: backup_id, status: 'completed', size_bytes: written.body['size_bytes'] }]);
    });

    const restored = await post(`/backups/${backup_id}/restore`, {
      organization_id: organization,
      storage_config_id: config.id,
    });
    expect(restored.status).toBe(201);
    const folder = restored.body['folder']!;
    await run('tar', ['-xzf', join(folder, 'filestore.tar.gz'), '-C', folder]);
    expect(photo.equals(await readFile(join(folder, 'photo.jpg')))).toBe(true);
  });

  it('is told why there is nowhere to back up to', async () => {
    const refused = await post('/backups', { organization_id: randomUUID(), environment_id: randomUUID() });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'storage.default.none',
        message: expect.stringContaining('No storage is configured for this organization.'),
      },
    });
  });
});
