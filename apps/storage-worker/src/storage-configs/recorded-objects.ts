import { Inject, Injectable } from '@nestjs/common';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import type { Secret } from '@stowage/encryption';
import type { BackupEntity } from '@stowage/entities';
import type { EgressPolicy } from '@stowage/providers';
import { createDialer, openStorage, StorageFailure } from '@stowage/providers/open';
import { EGRESS_POLICY } from '../egress/egress-policy.js';

/** Looks for what a backup wrote at the place where it is said to be now. */
@Injectable()
export class RecordedObjects {
  constructor(@Inject(EGRESS_POLICY) private readonly policy: EgressPolicy) {}

  /** Whether all objects of the backup are there, with its size in all. False also when the storage cannot be asked. */
  async areAt(
    location: StorageLocation,
    credentials: Secret<Credentials>,
    backup: Pick<BackupEntity, 'objects' | 'sizeBytes'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const dialer = createDialer(this.policy, {
      provider: location.provider,
      organizationId: location.organization_id,
    });
    try {
      const storage = await openStorage({ storage: location, credentials: credentials.reveal() }, { dialer, signal });
      try {
        let size = 0;
        for (const key of backup.objects) size += (await storage.stat(key, signal)).size;
        return size === backup.sizeBytes;
      } finally {
        await storage.close();
      }
    } catch (error) {
      if (error instanceof StorageFailure) return false;
      throw error;
    }
  }
}
