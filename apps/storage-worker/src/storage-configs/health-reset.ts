import { StorageConfigEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import type { WriteContext } from '../writes/write-context.js';

const NOT_TESTED: ReadonlySet<string> = new Set<keyof StorageConfigEntity>(['name', 'isActive', 'isDefault']);

export type Health = Pick<
  StorageConfigEntity,
  'healthStatus' | 'healthCode' | 'healthMessage' | 'healthHint' | 'latencyMs' | 'checkedAt' | 'failingSince'
>;

export const UNVERIFIED: Health = {
  healthStatus: 'unverified',
  healthCode: null,
  healthMessage: null,
  healthHint: null,
  latencyMs: null,
  checkedAt: null,
  failingSince: null,
};

/** Whether an earlier test says nothing any more about a config with these changes. */
export function outdatesHealth(changes: Partial<StorageConfigEntity>): boolean {
  return Object.keys(changes).some((field) => !NOT_TESTED.has(field));
}

export async function recordUnverified(
  manager: EntityManager,
  before: StorageConfigEntity,
  { correlationId, trace }: WriteContext,
): Promise<void> {
  await recordEvent(manager, {
    event: 'storage.health.changed',
    organizationId: before.organizationId,
    storageConfigId: before.id,
    data: { from: before.healthStatus, to: 'unverified', code: null, message: null },
    correlationId,
    trace,
  });
}
