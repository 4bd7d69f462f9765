import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import { type EntityManager, IsNull } from 'typeorm';

export interface ConfigAddress {
  /** The owner's; null = the platform's own. */
  organizationId: string | null;
  storageConfigId: string;
  /** From If-Match; null = unconditional. */
  ifVersion: number | null;
}

/** @throws StowageError `request.not_found`, also for the config of another owner; `request.precondition_failed` */
export async function findConfig(
  manager: EntityManager,
  { organizationId, storageConfigId, ifVersion }: ConfigAddress,
  options: { lock: boolean } = { lock: false },
): Promise<StorageConfigEntity> {
  const config = await manager.findOne(StorageConfigEntity, {
    where: { id: storageConfigId, organizationId: organizationId ?? IsNull() },
    ...(options.lock && { lock: { mode: 'pessimistic_write' } }),
  });
  if (config === null) throw new StowageError('request.not_found', 'Not found.');
  if (ifVersion !== null && ifVersion !== config.version) {
    throw new StowageError(
      'request.precondition_failed',
      `The storage is at version ${config.version} now. Read it again.`,
    );
  }
  return config;
}
