import { Injectable, type OnModuleInit } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { BackupEntity, StorageConfigEntity, type StorageOperationEntity } from '@stowage/entities';
import {
  type OperationContext,
  type OperationHandler,
  OperationHandlers,
  type OperationOutcome,
} from '../operations/operation-handler.js';
import { tellingDiagnosis } from '../operations/storage-diagnosis.js';
import { Prober } from '../probe-pool/prober.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { recordRemoval } from './ledger.js';
import { Tenants } from '../tenants/tenants.js';

/** Removes a backup's objects, sees them gone, and only then strikes it from the ledger. */
@Injectable()
export class BackupDeletion implements OperationHandler, OnModuleInit {
  readonly kind = 'backup.delete';
  readonly timeLimitMs = 3_600_000;

  constructor(
    private readonly tenants: Tenants,
    private readonly access: StorageAccess,
    private readonly handlers: OperationHandlers,
    private readonly prober: Prober,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async run(operation: StorageOperationEntity, context: OperationContext): Promise<OperationOutcome> {
    const backupId = String(operation.payload['backup_id']);
    const backup = await this.tenants.run(operation.organizationId, (manager) =>
      manager.findOneBy(BackupEntity, { id: backupId }),
    );
    if (backup?.state !== 'completed' || backup.organizationId !== operation.organizationId) {
      throw new StowageError('request.not_found', 'There is no such completed backup.');
    }
    await this.removeObjects(backup, context);
    return {
      result: { backup_id: backupId, objects: backup.objects.length },
      commit: (manager) =>
        recordRemoval(manager, backupId, {
          correlationId: operation.correlationId ?? operation.messageId,
          trace: operation.trace,
        }),
    };
  }

  private async removeObjects(backup: BackupEntity, { signal, progress }: OperationContext): Promise<void> {
    const config = await this.tenants.runWithPlatform(backup.organizationId, (manager) =>
      manager.findOneBy(StorageConfigEntity, { id: backup.storageConfigId }),
    );
    if (config === null) throw new StowageError('storage.not_found', 'The storage of this backup is gone.');
    const location = this.access.locationOf(config, backup.organizationId);
    const credentials = await this.access.credentialsOf(config);
    const { organizationId } = config;
    const request = { location, organizationId, credentials, keys: backup.objects };
    await tellingDiagnosis(location, () => this.prober.remove(request, { signal, onProgress: progress }));
  }
}
