import { Module } from '@nestjs/common';
import { EventStreams } from './event-streams.js';
import { Outbox } from './outbox.js';
import { OutboxTail } from './outbox-tail.js';
import { StorageEventsController } from './storage-events.controller.js';
import { StorageEventsService } from './storage-events.service.js';

@Module({
  controllers: [StorageEventsController],
  providers: [EventStreams, Outbox, OutboxTail, StorageEventsService],
})
export class StorageEventsModule {}
