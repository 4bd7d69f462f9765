import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Backup, Operation } from '@stowage/contracts';
import { RequirePermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { LINK } from '../docs/headers.js';
import type { Page } from '../paging/read-page.js';
import { From, type Origin } from '../requests/origin.js';
import { KnownIdPipe } from '../validation/known-id.pipe.js';
import { BackupListQuery } from './backup-list.query.js';
import { BackupsService } from './backups.service.js';

@ApiTags('Backups')
@Controller('api/v1/backups')
export class BackupsController {
  constructor(private readonly backups: BackupsService) {}

  @Get('organization/:organization_id/backups')
  @Answers({
    status: 200,
    summary: "List an organization's backups",
    description:
      'Running and completed ones, the newest first, 200 on a page; the next page stands in the `Link` header.',
    type: Backup,
    isArray: true,
    headers: LINK,
  })
  @RequirePermission('org.storage.list', { organization: 'path' })
  list(
    @Param('organization_id', KnownIdPipe) organizationId: string,
    @Query() query: BackupListQuery,
  ): Promise<Page<Backup>> {
    return this.backups.list(organizationId, query);
  }

  @Delete(':backup_id')
  @Answers({
    status: 202,
    summary: 'Delete a backup',
    description: 'Its objects are removed and seen gone, then its record: the operation tells how far that is.',
    type: Operation,
    refuses: [413, 415],
  })
  @RequirePermission('org.storage.delete', { organization: 'row' })
  remove(@Param('backup_id', KnownIdPipe) id: string, @From() from: Origin): Promise<Operation> {
    return this.backups.remove(id, from);
  }
}
