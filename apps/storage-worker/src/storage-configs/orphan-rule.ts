import { Injectable } from '@nestjs/common';
import { type Credentials, StowageError, type StorageLocation } from '@stowage/contracts';
import type { Secret } from '@stowage/encryption';
import type { StorageConfigEntity } from '@stowage/entities';
import { StorageFailure } from '@stowage/providers';
import { Prober } from '../probe-pool/prober.js';
import { countRecordedBackups, newestRecordedBackup } from './recorded-backups.js';
import { StorageAccess } from './storage-access.js';
import { Tenants } from '../tenants/tenants.js';

/** Another bucket or folder, even at the same server. */
const PLACE = ['bucket', 'pathPrefix', 'accountId', 'jurisdiction'] as const satisfies (keyof StorageConfigEntity)[];
/** The same storage may be reached under a new name. */
const ADDRESS = ['host', 'port', 'endpointUrl'] as const satisfies (keyof StorageConfigEntity)[];

/** Refuses a change after which recorded backups could not be found any more. */
@Injectable()
export class OrphanRule {
  constructor(
    private readonly tenants: Tenants,
    private readonly access: StorageAccess,
    private readonly prober: Prober,
  ) {}

  /**
   * @param credentials those of the change; null = the stored ones stay
   * @returns how many recorded backups the change was judged for; null = it moves nothing
   * @throws StowageError `config.would_orphan_backups`
   */
  async check(
    stored: StorageConfigEntity,
    changed: StorageConfigEntity,
    credentials: Secret<Credentials> | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    const movedPlace = PLACE.filter((field) => stored[field] !== changed[field]);
    const movedAddress = ADDRESS.filter((field) => stored[field] !== changed[field]);
    if (movedPlace.length + movedAddress.length === 0) return null;
    const backups = await this.tenants.run(stored.organizationId, (manager) =>
      countRecordedBackups(manager, stored.id),
    );
    if (backups === 0) return backups;
    if (movedPlace.length > 0) throw wouldOrphan(backups, 'Create a new storage configuration for another place.');
    if (!(await this.isSameStorage(changed, credentials ?? (await this.access.credentialsOf(stored)), signal))) {
      throw wouldOrphan(backups, 'The newest of them was not found at the new address with its size.');
    }
    return backups;
  }

  /** Whether all objects of the newest backup are there, with its size in all. False also when nobody can be asked. */
  private async isSameStorage(
    changed: StorageConfigEntity,
    credentials: Secret<Credentials>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const newest = await this.tenants.run(changed.organizationId, (manager) =>
      newestRecordedBackup(manager, changed.id),
    );
    if (newest === null) return false;
    const location: StorageLocation = this.access.locationOf(changed, newest.organizationId);
    const { organizationId } = changed;
    const request = { location, organizationId, credentials, keys: newest.objects };
    try {
      return (await this.prober.sizeOf(request, { signal })) === newest.sizeBytes;
    } catch (error) {
      if (error instanceof StorageFailure) return false;
      throw error;
    }
  }
}

function wouldOrphan(backups: number, advice: string): StowageError {
  const detail = `${backups} recorded backups would no longer be found after this change. ${advice}`;
  return new StowageError('config.would_orphan_backups', detail);
}
