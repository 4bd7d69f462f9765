import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import { recordEvent } from '../outbox/outbox.js';
import { recordAudit } from '../writes/audit.js';
import type { WriteContext } from '../writes/write-context.js';
import { WriteTransactions } from '../writes/write-transactions.js';
import { recordDefaultChanged } from './default-storage.js';
import { type ConfigAddress, findConfig } from './find-config.js';
import { countRecordedBackups } from './recorded-backups.js';

@Injectable()
export class ConfigDeletion {
  constructor(private readonly transactions: WriteTransactions) {}

  /** @throws StowageError `config.has_backups`, also while a backup runs to it */
  async delete(request: ConfigAddress, context: WriteContext): Promise<void> {
    const { organizationId, storageConfigId: id } = request;
    const { actor, ip, correlationId, trace } = context;
    await this.transactions.run(context, organizationId, async (manager) => {
      const config = await findConfig(manager, request, { lock: true });
      const backups = await countRecordedBackups(manager, id);
      if (backups > 0) throw hasBackups(backups);

      const subject = { organizationId, storageConfigId: id, correlationId, trace };
      await recordEvent(manager, { event: 'storage.deleted', ...subject, data: {} });
      await manager.delete(StorageConfigEntity, id);
      if (config.isDefault) {
        await recordDefaultChanged(manager, { organizationId, previousId: id, storageConfigId: null }, context);
      }
      const detail = { name: config.name, provider: config.provider };
      await recordAudit(manager, { organizationId, storageConfigId: id, actor, ip, action: 'storage.delete', detail });
    });
  }
}

/** Documented, word for word: clients show it. */
function hasBackups(backups: number): StowageError {
  const detail = `Cannot delete storage config with ${backups} backups. Delete or migrate backups first.`;
  return new StowageError('config.has_backups', detail);
}
