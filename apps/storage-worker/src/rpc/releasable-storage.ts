import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { Tenants } from '../tenants/tenants.js';

const NONE =
  'No storage is configured for this organization. Add a storage provider in Settings -> Storage before creating backups.';

/** Which storage an organization is given: its own, or the platform's where it owns none. */
@Injectable()
export class ReleasableStorage {
  constructor(private readonly tenants: Tenants) {}

  /** @throws StowageError `storage.default.none` or `storage.default.inactive` */
  async defaultOf(organizationId: string): Promise<StorageConfigEntity> {
    const config = await this.tenants.runWithPlatform(
      organizationId,
      async (manager) =>
        (await find(manager, { organizationId, isDefault: true })) ??
        ((await ownsAny(manager, organizationId))
          ? null
          : await find(manager, { organizationId: IsNull(), isDefault: true })),
    );
    if (config === null) throw new StowageError('storage.default.none', NONE);
    if (!config.isActive) {
      throw new StowageError('storage.default.inactive', `The default storage ${config.name} is inactive.`);
    }
    return config;
  }

  /** For restoring and deleting, also from an inactive one. @throws StowageError `storage.not_found` */
  toRead(organizationId: string, id: string): Promise<StorageConfigEntity> {
    return this.tenants.runWithPlatform(organizationId, (manager) => findOwnOrPlatform(manager, organizationId, id));
  }

  /** @throws StowageError `storage.not_found` or `storage.inactive` */
  toWrite(organizationId: string, id: string): Promise<StorageConfigEntity> {
    return this.tenants.runWithPlatform(organizationId, async (manager) => {
      const config = await findOwnOrPlatform(manager, organizationId, id);
      if (config.organizationId === null && (await ownsAny(manager, organizationId))) return refuse(id);
      if (!config.isActive) throw new StowageError('storage.inactive', `The storage ${config.name} is inactive.`);
      return config;
    });
  }
}

async function findOwnOrPlatform(
  manager: EntityManager,
  organizationId: string,
  id: string,
): Promise<StorageConfigEntity> {
  return (
    (await find(manager, { id, organizationId })) ??
    (await find(manager, { id, organizationId: IsNull() })) ??
    refuse(id)
  );
}

function ownsAny(manager: EntityManager, organizationId: string): Promise<boolean> {
  return manager.existsBy(StorageConfigEntity, { organizationId });
}

/** With the sealed credentials: they are released in the same breath. */
function find(
  manager: EntityManager,
  where: FindOptionsWhere<StorageConfigEntity>,
): Promise<StorageConfigEntity | null> {
  return manager
    .createQueryBuilder(StorageConfigEntity, 'config')
    .addSelect('config.credentialsCt')
    .where(where)
    .getOne();
}

function refuse(id: string): never {
  throw new StowageError('storage.not_found', `This organization has no storage ${id}.`);
}
