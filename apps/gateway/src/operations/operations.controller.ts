import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Operation } from '@stowage/contracts';
import { RequirePermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { LINK } from '../docs/headers.js';
import type { Page } from '../paging/read-page.js';
import { OrganizationPageQuery } from '../requests/organization.query.js';
import { From, type Origin } from '../requests/origin.js';
import { KnownIdPipe } from '../validation/known-id.pipe.js';
import { OperationsService } from './operations.service.js';

@ApiTags('Operations')
@Controller('api/v1/backups/storage-operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @Answers({
    status: 200,
    summary: "List an organization's operations",
    description: 'The newest first, 200 on a page; the next page stands in the `Link` header.',
    type: Operation,
    isArray: true,
    headers: LINK,
  })
  @RequirePermission('org.storage.list')
  list(@Query() { organization_id, ...page }: OrganizationPageQuery): Promise<Page<Operation>> {
    return this.operations.list(organization_id, page);
  }

  @Get(':id')
  @Answers({ status: 200, summary: 'Get an operation', type: Operation })
  @RequirePermission('org.storage.list', { organization: 'row' })
  get(@Param('id', KnownIdPipe) id: string, @From() { caller }: Origin): Promise<Operation> {
    return this.operations.get(id, caller);
  }

  @Post(':id/cancel')
  @Answers({
    status: 200,
    summary: 'Cancel an operation',
    description: 'One that waits is cancelled at once, one that runs as soon as it can be stopped.',
    type: Operation,
    refuses: [409, 413, 415],
  })
  @RequirePermission('org.storage.update', { organization: 'row' })
  cancel(@Param('id', KnownIdPipe) id: string, @From() from: Origin): Promise<Operation> {
    return this.operations.cancel(id, from);
  }
}
