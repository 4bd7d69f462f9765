import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity, type StorageOperationEntity } from '@stowage/entities';
import { IsNull } from 'typeorm';
import type { Tenants } from '../tenants/tenants.js';

/** The config that an operation is about, as it is now. @throws StowageError `storage.not_found`, also for another's */
export async function configOfOperation(
  tenants: Tenants,
  { storageConfigId, organizationId }: StorageOperationEntity,
): Promise<StorageConfigEntity> {
  const config = await tenants.run(organizationId, (manager) =>
    manager.findOneBy(StorageConfigEntity, {
      id: storageConfigId ?? IsNull(),
      organizationId: organizationId ?? IsNull(),
    }),
  );
  if (config === null) throw new StowageError('storage.not_found', 'There is no such storage.');
  return config;
}
