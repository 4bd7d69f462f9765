import { Injectable } from '@nestjs/common';
import type { GatewayOperationCancel, Operation, OrganizationPermission } from '@stowage/contracts';
import { StorageOperationEntity, toOperation } from '@stowage/entities';
import { type Caller, notFound } from '@stowage/permissions';
import { Database } from '../database/database.js';
import { MAX_PAGE, type PageQuery } from '../paging/page.query.js';
import { type Page, readPage } from '../paging/read-page.js';
import type { Origin } from '../requests/origin.js';
import { Worker } from '../worker/worker.js';

@Injectable()
export class OperationsService {
  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
  ) {}

  async list(organizationId: string, page: PageQuery): Promise<Page<Operation>> {
    const rows = await this.database.read([organizationId], (manager) => {
      const query = manager.createQueryBuilder(StorageOperationEntity, 'operation').where({ organizationId });
      return readPage(query, page, { by: 'createdAt', direction: 'DESC', defaultLimit: MAX_PAGE });
    });
    return rows.map(toOperation);
  }

  async get(id: string, caller: Caller): Promise<Operation> {
    return toOperation(await this.find(id, caller, 'org.storage.list'));
  }

  async cancel(id: string, from: Origin): Promise<Operation> {
    const row = await this.find(id, from.caller, 'org.storage.update');
    const request: GatewayOperationCancel = from.asking({
      organization_id: row.organizationId,
      storage_config_id: row.storageConfigId,
      operation_id: row.id,
    });
    return this.worker.write('operation.cancel', request);
  }

  private async find(id: string, caller: Caller, permission: OrganizationPermission): Promise<StorageOperationEntity> {
    const row = await this.database.read(caller.organizationIds, (manager) =>
      manager.findOneBy(StorageOperationEntity, { id }),
    );
    if (!row) throw notFound();
    caller.requireIn(row.organizationId, permission);
    return row;
  }
}
