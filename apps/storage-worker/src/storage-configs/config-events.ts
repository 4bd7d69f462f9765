import type { StorageConfig } from '@stowage/contracts';
import { type StorageConfigEntity, toStorageConfig } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import type { WriteContext } from '../writes/write-context.js';

export async function recordCreated(
  manager: EntityManager,
  config: StorageConfigEntity,
  { correlationId, traceparent }: WriteContext,
): Promise<void> {
  const storage = withoutCredentials(toStorageConfig(config));
  await recordEvent(manager, {
    event: 'storage.created',
    organizationId: config.organizationId,
    storageConfigId: config.id,
    data: { storage, changed: Object.keys(storage) },
    correlationId,
    traceparent,
  });
}

export async function recordUpdated(
  manager: EntityManager,
  config: StorageConfigEntity,
  changed: string[],
  { correlationId, traceparent }: WriteContext,
): Promise<void> {
  await recordEvent(manager, {
    event: 'storage.updated',
    organizationId: config.organizationId,
    storageConfigId: config.id,
    data: { storage: withoutCredentials(toStorageConfig(config)), changed },
    correlationId,
    traceparent,
  });
}

function withoutCredentials({
  credentials: _credentials,
  ...storage
}: StorageConfig): Omit<StorageConfig, 'credentials'> {
  return storage;
}
