import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { BackupEntity, StorageConfigEntity, type StorageOperationEntity } from '@stowage/entities';
import { type EgressPolicy, openStorage, type Storage, StorageFailure } from '@stowage/providers/open';
import { DataSource } from 'typeorm';
import { EGRESS_POLICY } from '../egress/egress-policy.js';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { OperationFailure } from '../operations/operation-error.js';
import { tellingDiagnosis } from '../operations/storage-diagnosis.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { recordRemoval } from './ledger.js';

/** Removes a backup's objects, sees them gone, and only then strikes it from the ledger. */
@Injectable()
export class BackupDeletion implements OperationHandler, OnModuleInit {
  readonly kind = 'backup.delete';
  readonly timeLimitMs = 3_600_000;

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: StorageAccess,
    private readonly handlers: OperationHandlers,
    @Inject(EGRESS_POLICY) private readonly policy: EgressPolicy,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async run(operation: StorageOperationEntity, context: OperationContext): Promise<OperationOutcome> {
    const backupId = String(operation.payload['backup_id']);
    const backup = await this.dataSource.getRepository(BackupEntity).findOneBy({ id: backupId });
    if (backup?.state !== 'completed' || backup.organizationId !== operation.organizationId) {
      throw new StowageError('request.not_found', 'There is no such completed backup.');
    }
    await this.removeObjects(backup, context);
    return {
      result: { backup_id: backupId, objects: backup.objects.length },
      commit: (manager) => recordRemoval(manager, backupId),
    };
  }

  private async removeObjects(backup: BackupEntity, { signal, progress }: OperationContext): Promise<void> {
    const config = await this.dataSource.getRepository(StorageConfigEntity).findOneBy({ id: backup.storageConfigId });
    if (config === null) throw new StowageError('storage.not_found', 'The storage of this backup is gone.');
    const location = this.access.locationOf(config, backup.organizationId);
    const credentials = await this.access.credentialsOf(config);
    await tellingDiagnosis(location, async () => {
      const reply = { storage: location, credentials: credentials.reveal() };
      const storage = await openStorage(reply, { policy: this.policy, signal });
      try {
        for (const [position, key] of backup.objects.entries()) {
          await removeAndSeeGone(storage, key, signal);
          progress({ objects: position + 1, bytes: 0 });
        }
      } finally {
        await storage.close();
      }
    });
  }
}

async function removeAndSeeGone(storage: Storage, key: string, signal: AbortSignal): Promise<void> {
  await storage.remove(key, signal);
  if (await isThere(storage, key, signal)) {
    // Some storages take a moment; the operation is tried again.
    throw new OperationFailure({ code: 'object.still_there', detail: 'An object is still there.', retryable: true });
  }
}

async function isThere(storage: Storage, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await storage.stat(key, signal);
    return true;
  } catch (error) {
    if (error instanceof StorageFailure && error.code === 'object.not_found') return false;
    throw error;
  }
}
