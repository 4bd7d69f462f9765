import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import { DataSource, type FindOptionsWhere, IsNull } from 'typeorm';

const NONE =
  'No storage is configured for this organization. Add a storage provider in Settings -> Storage before creating backups.';

/** Which storage an organization is given: its own, or the platform's where it owns none. */
@Injectable()
export class ReleasableStorage {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws StowageError `storage.default.none` or `storage.default.inactive` */
  async defaultOf(organizationId: string): Promise<StorageConfigEntity> {
    const config =
      (await this.find({ organizationId, isDefault: true })) ??
      ((await this.ownsAny(organizationId)) ? null : await this.find({ organizationId: IsNull(), isDefault: true }));
    if (config === null) throw new StowageError('storage.default.none', NONE);
    if (!config.isActive) {
      throw new StowageError('storage.default.inactive', `The default storage ${config.name} is inactive.`);
    }
    return config;
  }

  /** For restoring and deleting, also from an inactive one. @throws StowageError `storage.not_found` */
  async toRead(organizationId: string, id: string): Promise<StorageConfigEntity> {
    return (
      (await this.find({ id, organizationId })) ?? (await this.find({ id, organizationId: IsNull() })) ?? refuse(id)
    );
  }

  /** @throws StowageError `storage.not_found` or `storage.inactive` */
  async toWrite(organizationId: string, id: string): Promise<StorageConfigEntity> {
    const config = await this.toRead(organizationId, id);
    if (config.organizationId === null && (await this.ownsAny(organizationId))) return refuse(id);
    if (!config.isActive) throw new StowageError('storage.inactive', `The storage ${config.name} is inactive.`);
    return config;
  }

  private async ownsAny(organizationId: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(StorageConfigEntity, { organizationId });
  }

  /** With the sealed credentials: they are released in the same breath. */
  private async find(where: FindOptionsWhere<StorageConfigEntity>): Promise<StorageConfigEntity | null> {
    return this.dataSource.manager
      .createQueryBuilder(StorageConfigEntity, 'config')
      .addSelect('config.credentialsCt')
      .where(where)
      .getOne();
  }
}

function refuse(id: string): never {
  throw new StowageError('storage.not_found', `This organization has no storage ${id}.`);
}
