import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Patch,
  Post,
  Query,
  type StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import {
  CreateStorageConfig,
  Operation,
  StorageConfig,
  TestResult,
  TestStorageConfig,
  UpdateStorageConfig,
} from '@stowage/contracts';
import { RequirePermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { ETAG, IDEMPOTENCY_KEY_HEADER, IF_MATCH_HEADER, LINK } from '../docs/headers.js';
import type { Page } from '../paging/read-page.js';
import { EntityTagInterceptor } from '../requests/entity-tag.interceptor.js';
import { IdempotencyKey } from '../requests/idempotency-key.js';
import { IfMatch } from '../requests/if-match.js';
import { OrganizationPageQuery, OrganizationQuery } from '../requests/organization.query.js';
import { From, type Origin } from '../requests/origin.js';
import { KnownIdPipe } from '../validation/known-id.pipe.js';
import { inItsOrganization } from './row-access.js';
import { StorageConfigsService } from './storage-configs.service.js';
import { StorageTestsService } from './storage-tests.service.js';
import { type AnswerTest, TEST_MEDIA_TYPES, TestAnswer } from './test-answer.js';
import { TestInOrganizationQuery, TestQuery } from './test.query.js';

@ApiTags('Storage configurations')
@Controller('api/v1/backups/storage-configs')
export class StorageConfigsController {
  constructor(
    private readonly configs: StorageConfigsService,
    private readonly tests: StorageTestsService,
  ) {}

  @Post()
  @UseInterceptors(EntityTagInterceptor)
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @Answers({
    status: 201,
    summary: 'Create a storage configuration',
    type: StorageConfig,
    headers: ETAG,
    refuses: [409, 413, 415],
  })
  @RequirePermission('org.storage.create')
  create(
    @Query() { organization_id }: OrganizationQuery,
    @Body() body: CreateStorageConfig,
    @IdempotencyKey() idempotencyKey: string | null,
    @From() from: Origin,
  ): Promise<StorageConfig> {
    return this.configs.create(organization_id, body, idempotencyKey, from);
  }

  @Get()
  @Answers({
    status: 200,
    summary: "List an organization's storage configurations",
    description: 'All of them, oldest first; with `limit` page by page, the next one in the `Link` header.',
    type: StorageConfig,
    isArray: true,
    headers: LINK,
  })
  @RequirePermission('org.storage.list')
  list(@Query() { organization_id, ...page }: OrganizationPageQuery): Promise<Page<StorageConfig>> {
    return this.configs.list(organization_id, page);
  }

  @Post('test-connection')
  @Answers({
    status: 200,
    summary: 'Test a storage before saving it',
    description: 'Nothing is stored. With `Accept: text/event-stream` each step is told as it ends.',
    type: TestResult,
    mediaTypes: TEST_MEDIA_TYPES,
    refuses: [413, 415, 429],
  })
  @RequirePermission('org.storage.create')
  async testInput(
    @Query() { organization_id, depth }: TestInOrganizationQuery,
    @Body() body: TestStorageConfig,
    @TestAnswer() answer: AnswerTest,
    @From() from: Origin,
  ): Promise<TestResult | StreamableFile> {
    return answer(await this.tests.ofInput(organization_id, body, depth, from));
  }

  @Get(':id')
  @UseInterceptors(EntityTagInterceptor)
  @Answers({ status: 200, summary: 'Get a storage configuration', type: StorageConfig, headers: ETAG })
  @RequirePermission('org.storage.list', { organization: 'row' })
  get(@Param('id', KnownIdPipe) id: string, @From() { caller }: Origin): Promise<StorageConfig> {
    return this.configs.get(id, inItsOrganization(caller, 'org.storage.list'));
  }

  @Patch(':id')
  @UseInterceptors(EntityTagInterceptor)
  @ApiHeader(IF_MATCH_HEADER)
  @Answers({
    status: 200,
    summary: 'Change a storage configuration',
    description: 'What is left out stays, null clears. A change of address needs all credentials in the same request.',
    type: StorageConfig,
    headers: ETAG,
    refuses: [409, 412, 413, 415],
  })
  @RequirePermission('org.storage.update', { organization: 'row' })
  update(
    @Param('id', KnownIdPipe) id: string,
    @Body() body: UpdateStorageConfig,
    @IfMatch() ifMatch: string | null,
    @From() from: Origin,
  ): Promise<StorageConfig> {
    return this.configs.update(id, body, ifMatch, inItsOrganization(from.caller, 'org.storage.update'), from);
  }

  @Delete(':id')
  @ApiHeader(IF_MATCH_HEADER)
  @Answers({
    status: 204,
    summary: 'Delete a storage configuration',
    description: 'Refused while backups are recorded on it or running to it.',
    refuses: [412, 413, 415],
  })
  @RequirePermission('org.storage.delete', { organization: 'row' })
  remove(@Param('id', KnownIdPipe) id: string, @IfMatch() ifMatch: string | null, @From() from: Origin): Promise<void> {
    return this.configs.remove(id, ifMatch, inItsOrganization(from.caller, 'org.storage.delete'), from);
  }

  @Post(':id/test')
  @Answers({
    status: 200,
    summary: 'Test a saved storage',
    description:
      'Updates its health. `depth=full` needs org.storage.update. With `Accept: text/event-stream` each step is told as it ends.',
    type: TestResult,
    mediaTypes: TEST_MEDIA_TYPES,
    refuses: [413, 415, 429],
  })
  @RequirePermission('org.storage.list', { organization: 'row' })
  async testSaved(
    @Param('id', KnownIdPipe) id: string,
    @Query() { depth }: TestQuery,
    @TestAnswer() answer: AnswerTest,
    @From() from: Origin,
  ): Promise<TestResult | StreamableFile> {
    const permission = depth === 'full' ? 'org.storage.update' : 'org.storage.list';
    return answer(await this.tests.ofSaved(id, depth, inItsOrganization(from.caller, permission), from));
  }

  @Post(':id/usage/refresh')
  @Answers({
    status: 202,
    summary: 'Count what is stored',
    description: 'The operation tells how far it has come; its outcome is the `measured` of the storage configuration.',
    type: Operation,
    refuses: [413, 415],
  })
  @RequirePermission('org.storage.list', { organization: 'row' })
  refreshUsage(@Param('id', KnownIdPipe) id: string, @From() from: Origin): Promise<Operation> {
    return this.configs.refreshUsage(id, inItsOrganization(from.caller, 'org.storage.list'), from);
  }
}
