import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { placeOf, StowageError } from '@stowage/contracts';
import type { Tenant } from '@stowage/entities';
import { EventStream } from './event-stream.js';
import { EventStreams } from './event-streams.js';
import { Outbox, type Position } from './outbox.js';
import { OutboxTail } from './outbox-tail.js';

/** Bounds the memory that listeners who do not read can take. */
const MOST_STREAMS = 2000;

@Injectable()
export class StorageEventsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(StorageEventsService.name);
  private draining = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly tail: OutboxTail,
    private readonly streams: EventStreams,
  ) {}

  /** Streams last as long as their tokens; a gateway that goes must not wait for them. */
  beforeApplicationShutdown(): void {
    this.draining = true;
    this.streams.endAll();
  }

  /**
   * @param tenant whose events; null for the platform's own, of which no organization hears
   * @param lastEventId events after it are sent first; null = only what comes from now on
   * @throws StowageError `request.unavailable` when the database is away, this gateway is full or about to end
   */
  async open(tenant: Tenant, lastEventId: bigint | null, expiresAt: Date): Promise<EventStream> {
    const last = lastEventId === null ? undefined : await this.outbox.find(tenant, lastEventId);
    const joined = await this.tail.join();
    this.refuseIfFull();
    const stream = new EventStream(tenant, last ?? { transaction: joined, id: 0n }, expiresAt);
    this.streams.add(stream);
    if (last) void this.replay(stream, last, joined);
    else if (lastEventId !== null) stream.tellGap();
    return stream;
  }

  private refuseIfFull(): void {
    if (!this.draining && this.streams.size < MOST_STREAMS) return;
    throw new StowageError('request.unavailable', 'This gateway takes no more listeners. Try again in a few seconds.');
  }

  private async replay(stream: EventStream, last: Position, before: bigint): Promise<void> {
    try {
      await stream.replay(this.outbox.between([stream.tenant], last, before));
    } catch (error) {
      this.logger.warn(`A replay of events was broken off: ${placeOf(error)}`);
      stream.drop();
    }
  }
}
