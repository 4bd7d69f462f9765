import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StorageHistory } from '@stowage/contracts';
import { RequirePermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { From, type Origin } from '../requests/origin.js';
import { inItsOrganization } from '../storage-configs/row-access.js';
import { KnownIdPipe } from '../validation/known-id.pipe.js';
import { HistoryQuery } from './history.query.js';
import { StorageHistoryService } from './storage-history.service.js';

@ApiTags('Storage configurations')
@Controller('api/v1/backups/storage-configs')
export class StorageHistoryController {
  constructor(private readonly history: StorageHistoryService) {}

  @Get(':id/history')
  @Answers({
    status: 200,
    summary: 'Get the usage or the health of a storage over time',
    description: 'What each usage refresh counted, or each test found, for charts. Points are kept for 400 days.',
    type: StorageHistory,
  })
  @RequirePermission('org.storage.list', { organization: 'row' })
  get(
    @Param('id', KnownIdPipe) id: string,
    @Query() query: HistoryQuery,
    @From() { caller }: Origin,
  ): Promise<StorageHistory> {
    return this.history.get(id, query, inItsOrganization(caller, 'org.storage.list'));
  }
}
