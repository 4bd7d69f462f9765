import { Controller, Get, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { RequirePermission, RequirePlatformPermission } from '@stowage/permissions';
import type { FastifyReply } from 'fastify';
import { Answers } from '../docs/answers.decorator.js';
import { LAST_EVENT_ID_HEADER } from '../docs/headers.js';
import { OrganizationQuery } from '../requests/organization.query.js';
import { From, type Origin } from '../requests/origin.js';
import type { EventStream } from './event-stream.js';
import { LastEventId } from './last-event-id.js';
import { StorageEventsService } from './storage-events.service.js';

const EVENT_STREAM = 'text/event-stream';
const PLATFORM = null;

@ApiTags('Events')
@Controller('api/v1/backups')
export class StorageEventsController {
  constructor(private readonly events: StorageEventsService) {}

  @Get('storage-events')
  @ApiHeader(LAST_EVENT_ID_HEADER)
  @Answers({
    status: 200,
    summary: "Listen to an organization's events",
    description:
      'Server-sent events: the name and the data of each message, as services get them. A comment every 15 s keeps the connection open; it ends with the token. A listener that is too slow is cut off and may come back.',
    mediaTypes: [EVENT_STREAM],
  })
  @RequirePermission('org.storage.list')
  async listen(
    @Query() { organization_id }: OrganizationQuery,
    @LastEventId() lastEventId: bigint | null,
    @From() { caller }: Origin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return streamed(await this.events.open(organization_id, lastEventId, caller.expiresAt), reply);
  }

  @Get('platform/storage-events')
  @ApiHeader(LAST_EVENT_ID_HEADER)
  @Answers({
    status: 200,
    summary: "Listen to the platform's own events",
    description:
      'As the events of an organization: what concerns the platform storage, its settings and its private networks. No event of an organization is among them.',
    mediaTypes: [EVENT_STREAM],
  })
  @RequirePlatformPermission('platform.storage.update')
  async listenToPlatform(
    @LastEventId() lastEventId: bigint | null,
    @From() { caller }: Origin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return streamed(await this.events.open(PLATFORM, lastEventId, caller.expiresAt), reply);
  }
}

function streamed({ readable }: EventStream, reply: FastifyReply): StreamableFile {
  // nginx would collect events before it passes them on.
  void reply.header('x-accel-buffering', 'no');
  return new StreamableFile(readable, { type: EVENT_STREAM });
}
