import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity, type StorageOperationEntity } from '@stowage/entities';
import { type EntityManager, IsNull } from 'typeorm';

/** The config that an operation is about, as it is now. @throws StowageError `storage.not_found`, also for another's */
export async function configOfOperation(
  manager: EntityManager,
  { storageConfigId, organizationId }: StorageOperationEntity,
): Promise<StorageConfigEntity> {
  const config = await manager.findOneBy(StorageConfigEntity, {
    id: storageConfigId ?? IsNull(),
    organizationId: organizationId ?? IsNull(),
  });
  if (config === null) throw new StowageError('storage.not_found', 'There is no such storage.');
  return config;
}
