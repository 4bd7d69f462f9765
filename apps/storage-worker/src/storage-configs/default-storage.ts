import type { WriteContext } from '../writes/write-context.js';
import { recordEvent } from '../outbox/outbox.js';
import { StorageConfigEntity } from '@stowage/entities';
import { type EntityManager, IsNull } from 'typeorm';
import { recordUpdated } from './config-events.js';

/** Takes the default away from the config that has it, and returns that config's id. */
export async function clearDefault(
  manager: EntityManager,
  organizationId: string | null,
  context: WriteContext,
): Promise<string | null> {
  const previous = await manager.findOne(StorageConfigEntity, {
    where: { organizationId: organizationId ?? IsNull(), isDefault: true },
    lock: { mode: 'pessimistic_write' },
  });
  if (previous === null) return null;
  await manager.update(StorageConfigEntity, previous.id, {
    isDefault: false,
    version: previous.version + 1,
    updatedAt: new Date(),
  });
  await recordUpdated(manager, previous.id, ['is_default'], context);
  return previous.id;
}

export async function recordDefaultChanged(
  manager: EntityManager,
  change: { organizationId: string | null; previousId: string | null; storageConfigId: string | null },
  { correlationId, trace }: WriteContext,
): Promise<void> {
  await recordEvent(manager, {
    event: 'storage.default.changed',
    organizationId: change.organizationId,
    storageConfigId: change.storageConfigId,
    data: { previous_id: change.previousId },
    correlationId,
    trace,
  });
}
