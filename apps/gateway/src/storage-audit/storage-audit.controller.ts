import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditEntry } from '@stowage/contracts';
import { RequirePermission, RequirePlatformPermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { LINK } from '../docs/headers.js';
import { PageQuery } from '../paging/page.query.js';
import type { Page } from '../paging/read-page.js';
import { OrganizationPageQuery } from '../requests/organization.query.js';
import { StorageAuditService } from './storage-audit.service.js';

/** No organization owns it. */
const PLATFORM = null;

@ApiTags('Audit')
@Controller('api/v1/backups')
export class StorageAuditController {
  constructor(private readonly audit: StorageAuditService) {}

  @Get('storage-audit')
  @Answers({
    status: 200,
    summary: 'Who did what to the storages of an organization',
    description: 'The newest first, 200 on a page; the next page stands in the `Link` header.',
    type: AuditEntry,
    isArray: true,
    headers: LINK,
  })
  @RequirePermission('org.storage.update')
  list(@Query() { organization_id, ...page }: OrganizationPageQuery): Promise<Page<AuditEntry>> {
    return this.audit.list(organization_id, page);
  }

  @Get('platform/storage-audit')
  @Answers({
    status: 200,
    summary: "Who did what to the platform's settings, networks and storages",
    description: 'The newest first, 200 on a page; the next page stands in the `Link` header.',
    type: AuditEntry,
    isArray: true,
    headers: LINK,
  })
  @RequirePlatformPermission('platform.storage.update')
  listOfPlatform(@Query() page: PageQuery): Promise<Page<AuditEntry>> {
    return this.audit.list(PLATFORM, page);
  }
}
