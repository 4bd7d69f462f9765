import { Injectable } from '@nestjs/common';
import { type Backup, BACKUP_STATUSES, type GatewayBackupDelete, type Operation } from '@stowage/contracts';
import { BackupEntity, toBackup } from '@stowage/entities';
import { notFound } from '@stowage/permissions';
import { In } from 'typeorm';
import { Database } from '../database/database.js';
import { MAX_PAGE } from '../paging/page.query.js';
import { type Page, readPage } from '../paging/read-page.js';
import type { Origin } from '../requests/origin.js';
import { Worker } from '../worker/worker.js';
import type { BackupListQuery } from './backup-list.query.js';

/** Failed and deleted backups stay in the ledger for a while; nobody is shown them. */
const SHOWN = In([...BACKUP_STATUSES]);

@Injectable()
export class BackupsService {
  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
  ) {}

  async list(
    organizationId: string,
    { storage_config_id: storageConfigId, ...page }: BackupListQuery,
  ): Promise<Page<Backup>> {
    const rows = await this.database.read([organizationId], (manager) => {
      const query = manager
        .createQueryBuilder(BackupEntity, 'backup')
        .where({ organizationId, state: SHOWN, ...(storageConfigId !== undefined && { storageConfigId }) });
      return readPage(query, page, { by: 'reportedAt', direction: 'DESC', defaultLimit: MAX_PAGE });
    });
    return rows.map(toBackup);
  }

  /** The objects are removed and seen gone, then the record: the operation tells how far that is. */
  async remove(id: string, from: Origin): Promise<Operation> {
    const row = await this.database.read(from.caller.organizationIds, (manager) =>
      manager.findOneBy(BackupEntity, { id, state: SHOWN }),
    );
    if (!row) throw notFound();
    from.caller.requireIn(row.organizationId, 'org.storage.delete');
    const request: GatewayBackupDelete = from.asking({
      organization_id: row.organizationId,
      storage_config_id: row.storageConfigId,
      backup_id: row.id,
    });
    return this.worker.write('backup.delete', request);
  }
}
