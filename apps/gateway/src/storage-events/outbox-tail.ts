import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { NotificationListener } from '@stowage/entities';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import { EventStreams } from './event-streams.js';
import { Outbox } from './outbox.js';

/** For when a notification is lost, or the connection that hears them. */
const POLL_MS = 1000;
/** Between two reads: commits that follow each other closely are read together. */
const PAUSE_MS = 10;
/** While an older transaction holds events back: when it ends it may write none itself, and so not wake us. */
const HELD_BACK_PAUSE_MS = 50;

/**
 * Hands on each event to who listens, as it is committed: woken by the database, one connection for all streams. It
 * works only while somebody listens.
 */
@Injectable()
export class OutboxTail implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly notifications: NotificationListener;
  private poll: NodeJS.Timeout | undefined;
  private nextRead: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private wokenWhileReading = false;
  private heldBack = false;
  private stopped = false;
  /** Events of transactions below it are handed on. */
  private handedOn: bigint | undefined;
  /** What is read at the moment ends here; who joins now gets what comes from here on. */
  private horizon: bigint | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly streams: EventStreams,
    @Inject(ENVIRONMENT) environment: GatewayEnvironment,
  ) {
    this.notifications = new NotificationListener({
      url: environment.DATABASE_URL,
      applicationName: 'gateway notifications',
      channels: ['stowage_outbox'],
      onNotification: () => this.wake(),
      onConnected: () => this.wake(),
      // Reads say so themselves when the database is away.
      onLost: () => undefined,
    });
  }

  onApplicationBootstrap(): void {
    void this.notifications.start();
    this.poll = setInterval(() => this.wake(), POLL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.poll);
    clearTimeout(this.nextRead);
    await this.notifications.stop();
    await this.reading?.catch(() => undefined);
  }

  /**
   * The transaction from which on a stream that is added before the next turn of the event loop gets every event.
   * @throws StowageError `request.unavailable`
   */
  async join(): Promise<bigint> {
    await this.readOnce();
    return this.horizon!;
  }

  private wake(): void {
    if (this.streams.size === 0) return;
    if (this.reading) this.wokenWhileReading = true;
    else this.readIn(0);
  }

  private readIn(milliseconds: number): void {
    if (this.stopped) return;
    this.nextRead ??= setTimeout(() => void this.readOnce().catch(() => undefined), milliseconds);
  }

  private readOnce(): Promise<void> {
    clearTimeout(this.nextRead);
    this.nextRead = undefined;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
      if (this.wokenWhileReading) this.readIn(PAUSE_MS);
      else if (this.heldBack && this.streams.size > 0) this.readIn(HELD_BACK_PAUSE_MS);
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    this.wokenWhileReading = false;
    const { transaction, eventsBeyond } = await this.outbox.horizon();
    this.horizon = transaction;
    this.heldBack = eventsBeyond;
    await this.handOn(transaction);
  }

  private async handOn(before: bigint): Promise<void> {
    const { tenants } = this.streams;
    if (this.handedOn !== undefined && tenants.length > 0) {
      const after = { transaction: this.handedOn, id: 0n };
      for await (const page of this.outbox.between(tenants, after, before)) {
        for (const event of page) this.streams.deliver(event);
      }
    }
    this.handedOn = before;
  }
}
