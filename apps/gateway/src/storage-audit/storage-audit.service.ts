import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '@stowage/contracts';
import { AuditEntryEntity, toAuditEntry } from '@stowage/entities';
import { IsNull } from 'typeorm';
import { Database } from '../database/database.js';
import { MAX_PAGE, type PageQuery } from '../paging/page.query.js';
import { type Page, readPage } from '../paging/read-page.js';

@Injectable()
export class StorageAuditService {
  constructor(private readonly database: Database) {}

  /** @param organizationId null for the acts of the platform */
  async list(organizationId: string | null, page: PageQuery): Promise<Page<AuditEntry>> {
    const rows = await this.database.read([organizationId], (manager) => {
      const query = manager
        .createQueryBuilder(AuditEntryEntity, 'entry')
        .where({ organizationId: organizationId ?? IsNull() });
      return readPage(query, page, { by: 'createdAt', direction: 'DESC', defaultLimit: MAX_PAGE, ids: 'numbers' });
    });
    return rows.map(toAuditEntry);
  }
}
