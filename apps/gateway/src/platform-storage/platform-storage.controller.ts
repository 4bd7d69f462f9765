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
  StorageConfig,
  TestResult,
  TestStorageConfig,
  UpdateStorageConfig,
} from '@stowage/contracts';
import { RequirePlatformPermission } from '@stowage/permissions';
import { Answers } from '../docs/answers.decorator.js';
import { ETAG, IDEMPOTENCY_KEY_HEADER, IF_MATCH_HEADER, LINK } from '../docs/headers.js';
import { PageQuery } from '../paging/page.query.js';
import type { Page } from '../paging/read-page.js';
import { EntityTagInterceptor } from '../requests/entity-tag.interceptor.js';
import { IdempotencyKey } from '../requests/idempotency-key.js';
import { IfMatch } from '../requests/if-match.js';
import { From, type Origin } from '../requests/origin.js';
import { ofThePlatform } from '../storage-configs/row-access.js';
import { StorageConfigsService } from '../storage-configs/storage-configs.service.js';
import { StorageTestsService } from '../storage-configs/storage-tests.service.js';
import { type AnswerTest, TEST_MEDIA_TYPES, TestAnswer } from '../storage-configs/test-answer.js';
import { TestQuery } from '../storage-configs/test.query.js';
import { KnownIdPipe } from '../validation/known-id.pipe.js';

/** No organization owns it. */
const PLATFORM = null;

@ApiTags('Platform storage')
@Controller('api/v1/backups/platform/storage-configs')
export class PlatformStorageController {
  constructor(
    private readonly configs: StorageConfigsService,
    private readonly tests: StorageTestsService,
  ) {}

  @Post()
  @UseInterceptors(EntityTagInterceptor)
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @Answers({
    status: 201,
    summary: 'Create a storage of the platform',
    description: 'Its default serves organizations without a storage of their own, each in a folder of its own.',
    type: StorageConfig,
    headers: ETAG,
    refuses: [409, 413, 415],
  })
  @RequirePlatformPermission('platform.storage.update')
  create(
    @Body() body: CreateStorageConfig,
    @IdempotencyKey() idempotencyKey: string | null,
    @From() from: Origin,
  ): Promise<StorageConfig> {
    return this.configs.create(PLATFORM, body, idempotencyKey, from);
  }

  @Get()
  @Answers({
    status: 200,
    summary: "List the platform's storages",
    type: StorageConfig,
    isArray: true,
    headers: LINK,
  })
  @RequirePlatformPermission('platform.storage.update')
  list(@Query() page: PageQuery): Promise<Page<StorageConfig>> {
    return this.configs.list(PLATFORM, page);
  }

  @Post('test-connection')
  @Answers({
    status: 200,
    summary: 'Test a storage before saving it for the platform',
    type: TestResult,
    mediaTypes: TEST_MEDIA_TYPES,
    refuses: [413, 415, 429],
  })
  @RequirePlatformPermission('platform.storage.update')
  async testInput(
    @Query() { depth }: TestQuery,
    @Body() body: TestStorageConfig,
    @TestAnswer() answer: AnswerTest,
    @From() from: Origin,
  ): Promise<TestResult | StreamableFile> {
    return answer(await this.tests.ofInput(PLATFORM, body, depth, from));
  }

  @Get(':id')
  @UseInterceptors(EntityTagInterceptor)
  @Answers({
    status: 200,
    summary: 'Get a storage of the platform',
    type: StorageConfig,
    headers: ETAG,
    refuses: [404],
  })
  @RequirePlatformPermission('platform.storage.update')
  get(@Param('id', KnownIdPipe) id: string): Promise<StorageConfig> {
    return this.configs.get(id, ofThePlatform);
  }

  @Patch(':id')
  @UseInterceptors(EntityTagInterceptor)
  @ApiHeader(IF_MATCH_HEADER)
  @Answers({
    status: 200,
    summary: 'Change a storage of the platform',
    type: StorageConfig,
    headers: ETAG,
    refuses: [404, 409, 412, 413, 415],
  })
  @RequirePlatformPermission('platform.storage.update')
  update(
    @Param('id', KnownIdPipe) id: string,
    @Body() body: UpdateStorageConfig,
    @IfMatch() ifMatch: string | null,
    @From() from: Origin,
  ): Promise<StorageConfig> {
    return this.configs.update(id, body, ifMatch, ofThePlatform, from);
  }

  @Delete(':id')
  @ApiHeader(IF_MATCH_HEADER)
  @Answers({ status: 204, summary: 'Delete a storage of the platform', refuses: [404, 412, 413, 415] })
  @RequirePlatformPermission('platform.storage.update')
  remove(@Param('id', KnownIdPipe) id: string, @IfMatch() ifMatch: string | null, @From() from: Origin): Promise<void> {
    return this.configs.remove(id, ifMatch, ofThePlatform, from);
  }

  @Post(':id/test')
  @Answers({
    status: 200,
    summary: 'Test a saved storage of the platform',
    type: TestResult,
    mediaTypes: TEST_MEDIA_TYPES,
    refuses: [404, 413, 415, 429],
  })
  @RequirePlatformPermission('platform.storage.update')
  async testSaved(
    @Param('id', KnownIdPipe) id: string,
    @Query() { depth }: TestQuery,
    @TestAnswer() answer: AnswerTest,
    @From() from: Origin,
  ): Promise<TestResult | StreamableFile> {
    return answer(await this.tests.ofSaved(id, depth, ofThePlatform, from));
  }
}
