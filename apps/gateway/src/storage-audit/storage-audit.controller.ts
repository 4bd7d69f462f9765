import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditEntry } from '@stowage/contracts';
import { AuditEntryEntity, toAuditEntry } from '@stowage/entities';
import { RequirePermission } from '@stowage/permissions';
import { Database } from '../database/database.js';
import { Answers } from '../docs/answers.decorator.js';
import { LINK } from '../docs/headers.js';
import { MAX_PAGE } from '../paging/page.query.js';
import { type Page, readPage } from '../paging/read-page.js';
import { OrganizationPageQuery } from '../requests/organization.query.js';

@ApiTags('Audit')
@Controller('api/v1/backups/storage-audit')
export class StorageAuditController {
  constructor(private readonly database: Database) {}

  @Get()
  @Answers({
    status: 200,
    summary: 'Who did what to the storages of an organization',
    description: 'The newest first, 200 on a page; the next page stands in the `Link` header.',
    type: AuditEntry,
    isArray: true,
    headers: LINK,
  })
  @RequirePermission('org.storage.update')
  async list(@Query() { organization_id, ...page }: OrganizationPageQuery): Promise<Page<AuditEntry>> {
    const rows = await this.database.read((manager) => {
      const query = manager.createQueryBuilder(AuditEntryEntity, 'entry').where({ organizationId: organization_id });
      return readPage(query, page, { by: 'createdAt', direction: 'DESC', defaultLimit: MAX_PAGE, ids: 'numbers' });
    });
    return rows.map(toAuditEntry);
  }
}
