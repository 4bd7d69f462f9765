import { randomUUID } from 'node:crypto';
import {
  BackupEntity,
  StorageConfigEntity,
  StorageOperationEntity,
  toOperation,
  toStorageConfig,
} from '@stowage/entities';
import type { Operation, StorageConfig } from '@stowage/contracts';
import type { DataSource, DeepPartial } from 'typeorm';

/** Rows as the worker would have written them. */
export async function storedConfig(
  dataSource: DataSource,
  given: DeepPartial<StorageConfigEntity> = {},
): Promise<StorageConfigEntity> {
  const repository = dataSource.getRepository(StorageConfigEntity);
  const id = randomUUID();
  await repository.insert({
    id,
    organizationId: null,
    name: `storage ${id}`,
    provider: 'cloudflare_r2',
    bucket: 'oecsh-backups',
    region: 'auto',
    accountId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
    pathPrefix: 'backups/',
    credentialsCt: Buffer.from('sealed'),
    credentialsKid: 'test',
    credentialsUpdatedAt: new Date(),
    ...given,
  } as never);
  return repository.findOneByOrFail({ id });
}

export async function storedOperation(
  dataSource: DataSource,
  given: DeepPartial<StorageOperationEntity> = {},
): Promise<StorageOperationEntity> {
  const repository = dataSource.getRepository(StorageOperationEntity);
  const id = randomUUID();
  await repository.insert({
    id,
    kind: 'storage.usage.refresh',
    organizationId: null,
    storageConfigId: randomUUID(),
    callerId: 'gateway',
    messageId: randomUUID(),
    ...given,
  } as never);
  return repository.findOneByOrFail({ id });
}

export async function storedBackup(
  dataSource: DataSource,
  given: DeepPartial<BackupEntity> = {},
): Promise<BackupEntity> {
  const repository = dataSource.getRepository(BackupEntity);
  const id = randomUUID();
  await repository.insert({
    id,
    organizationId: randomUUID(),
    storageConfigId: randomUUID(),
    state: 'completed',
    sizeBytes: 127_824_281,
    objects: ['env/2026-01-11/database.sql'],
    sequence: 2,
    completedAt: new Date('2026-01-11T08:00:00Z'),
    ...given,
  } as never);
  return repository.findOneByOrFail({ id });
}

/** What the worker answers to a create or update of this row. */
export function answered(row: StorageConfigEntity, changes: Partial<StorageConfig> = {}): StorageConfig {
  return { ...toStorageConfig(row), ...changes };
}

/** What the worker answers about an operation. */
export function operationView(row: StorageOperationEntity): Operation {
  return toOperation(row);
}
