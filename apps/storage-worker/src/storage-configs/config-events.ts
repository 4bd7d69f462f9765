import type { StorageConfig } from '@stowage/contracts';
import { StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import type { WriteContext } from '../writes/write-context.js';

type EventOrigin = Pick<WriteContext, 'correlationId' | 'trace'>;

export async function recordCreated(
  manager: EntityManager,
  config: StorageConfigEntity,
  { correlationId, trace }: EventOrigin,
): Promise<void> {
  const storage = withoutCredentials(toStorageConfig(config));
  await recordEvent(manager, {
    event: 'storage.created',
    organizationId: config.organizationId,
    storageConfigId: config.id,
    data: { storage, changed: Object.keys(storage) },
    correlationId,
    trace,
  });
}

export async function recordUpdated(
  manager: EntityManager,
  id: string,
  changed: string[],
  { correlationId, trace }: EventOrigin,
): Promise<void> {
  const config = await manager.findOneByOrFail(StorageConfigEntity, { id });
  await recordEvent(manager, {
    event: 'storage.updated',
    organizationId: config.organizationId,
    storageConfigId: config.id,
    data: { storage: withoutCredentials(toStorageConfig(config)), changed },
    correlationId,
    trace,
  });
}

function withoutCredentials({
  credentials: _credentials,
  ...storage
}: StorageConfig): Omit<StorageConfig, 'credentials'> {
  return storage;
}
