import { randomUUID } from 'node:crypto';
import { connectStowage } from '@stowage/client';
import type { StorageConfig } from '@stowage/contracts';
import { Client } from 'pg';
import type { SandboxS3 } from '../servers/index.js';
import type { System } from '../system/index.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const GIB = 1024 ** 3;
const DAYS = 30;

export interface Seeded {
  organization: string;
  /** An organization without any storage. */
  empty: string;
  /** The storage with backups and a history. */
  shown: StorageConfig;
}

/** Storages in all states that a page should show: well, with backups, failing, inactive. */
export async function seed(system: System, s3: SandboxS3): Promise<Seeded> {
  const organization = randomUUID();
  const send = await sender(system, organization);
  const create = (body: object) =>
    send<StorageConfig>('POST', `/storage-configs?organization_id=${organization}`, body);
  const onS3 = { ...s3.users.full, bucket: s3.bucket, path_prefix: 'backups/' };

  const shown = await create({
    ...onS3,
    name: 'Cloudflare R2 Production',
    provider: 'cloudflare_r2',
    account_id: 'a1b2c3d4'.repeat(4),
  });
  const archive = await create({ ...onS3, name: 'Archive', provider: 'aws_s3', region: 'eu-west-1' });
  const retired = await create({ ...onS3, name: 'Old bucket', provider: 'backblaze_b2', region: 'us-west-004' });
  const nas = await create({
    name: 'Office NAS',
    provider: 'sftp',
    host: s3.host,
    port: s3.port,
    access_key: 'backup',
    secret_key: 'a password',
    bucket: '/volume1/backups',
    host_key_sha256: `SHA256:${'A'.repeat(43)}`,
  });
  await recordBackups(system, organization, shown.id, 42, 2.8 * GIB);
  await recordBackups(system, organization, archive.id, 6, 11 * GIB);
  await send('PATCH', `/storage-configs/${retired.id}`, { is_active: false });
  for (const { id } of [shown, archive, nas]) await send('POST', `/storage-configs/${id}/test`);
  await recordHistory(system, shown.id);
  return { organization, empty: randomUUID(), shown };
}

async function sender(system: System, organization: string) {
  const authorization = `Bearer ${await system.token({ [organization]: 'all' })}`;
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${system.api}${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
}

async function recordBackups(
  system: System,
  organization_id: string,
  storage_config_id: string,
  count: number,
  size: number,
): Promise<void> {
  const service = connectStowage({
    amqpUrl: system.serviceAmqpUrl,
    service: 'backup-service',
    privateKeys: system.secrets.serviceKeys,
    workerKeys: system.secrets.workerPublicKeys.keys,
  });
  try {
    for (let age = count; age > 0; age -= 1) {
      await service.backupCompleted({
        organization_id,
        backup_id: randomUUID(),
        storage_config_id,
        environment_id: randomUUID(),
        sequence: 1,
        size_bytes: Math.round(size * wave(age)),
        objects: ['dump.sql', 'filestore.tar.gz', 'manifest.json'],
        completed_at: new Date(Date.now() - age * 0.7 * DAY_MS).toISOString(),
      });
    }
  } finally {
    await service.close();
  }
}

/** A month of it, which no screenshot can wait for. */
async function recordHistory({ databaseUrl }: System, configId: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { total_size_bytes: recorded } = (await client.query(RECORDED, [configId])).rows[0] as Recorded;
    const total = Number(recorded);
    const measured = { size_bytes: total + 3 * GIB, object_count: 131, method: 'listing' };
    const drift = { size_bytes: 3 * GIB, object_count: 5 };
    await client.query(MEASURED, [configId, { ...measured, measured_at: new Date().toISOString(), drift }]);
    for (let age = DAYS; age > 0; age -= 1) {
      const at = new Date(Date.now() - age * DAY_MS);
      const failed = age === 12;
      const bytes = Math.round((total * (DAYS + 10 - age)) / (DAYS + 10));
      await client.query(HEALTH_POINT, [
        configId,
        at,
        failed ? 'failing' : 'healthy',
        failed ? 'network.timeout' : null,
        failed ? null : Math.round(12 * wave(age)),
      ]);
      await client.query(USAGE_POINT, [configId, at, bytes + 3 * GIB, bytes]);
    }
  } finally {
    await client.end();
  }
}

interface Recorded {
  total_size_bytes: string;
}

const RECORDED = 'SELECT total_size_bytes FROM storage_configs WHERE id = $1';
const MEASURED = 'UPDATE storage_configs SET measured = $2 WHERE id = $1';
const HEALTH_POINT = `INSERT INTO storage_history
  (storage_config_id, kind, recorded_at, health_status, health_code, latency_ms) VALUES ($1, 'health', $2, $3, $4, $5)`;
const USAGE_POINT = `INSERT INTO storage_history
  (storage_config_id, kind, recorded_at, measured_size_bytes, measured_object_count, total_size_bytes, object_count)
  VALUES ($1, 'usage', $2, $3, 126, $4, 42)`;

/** About 1, never quite. */
const wave = (step: number): number => 1 + 0.2 * Math.sin(step * 1.7);
