import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { Tenant } from '@stowage/entities';
import { isAfter, type OutboxEvent, type Position } from './outbox.js';

/** What may wait for one listener, beside what its socket holds. */
const MOST_WAITING_BYTES = 512 * 1024;
const RECONNECT_AFTER_MS = 2000;
/** The longest that a timer of Node can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const PING = Buffer.from(': ping\n\n');
/** Not the name of a message: events between the listener's last one and now are gone, so it should read everything anew. */
const GAP = Buffer.from('event: stream.gap\ndata: {}\n\n');

/** One listener. Each event goes to it once and in order, whoever offers it and however often. */
export class EventStream {
  private readonly stream = new PassThrough();
  private readonly expiry: NodeJS.Timeout;
  /** Live events that came while older ones were still being replayed. */
  private held: OutboxEvent[] | undefined;
  private heldBytes = 0;

  /** @param position of the last event that the listener has, or wants nothing before */
  constructor(
    readonly tenant: Tenant,
    private position: Position,
    expiresAt: Date,
  ) {
    const lifetime = Math.max(0, expiresAt.getTime() - Date.now());
    this.expiry = setTimeout(() => this.end(), Math.min(lifetime, LONGEST_TIMER_MS));
    this.stream.once('close', () => clearTimeout(this.expiry));
    // Also makes the headers leave at once.
    this.stream.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
  }

  get readable(): Readable {
    return this.stream;
  }

  get isOpen(): boolean {
    return this.stream.writable;
  }

  onClose(listener: () => void): void {
    this.stream.once('close', listener);
  }

  /** A live event; it waits while older ones are being replayed. */
  offer(event: OutboxEvent): void {
    if (this.held) this.hold(event);
    else this.send(event);
  }

  /** Sends older events first, as fast as the listener takes them. */
  async replay(pages: AsyncIterable<OutboxEvent[]>): Promise<void> {
    this.held = [];
    for await (const page of pages) {
      for (const event of page) {
        this.send(event);
        await this.drained();
      }
      if (!this.isOpen) return;
    }
    const live = this.held;
    this.held = undefined;
    for (const event of live) this.send(event);
  }

  tellGap(): void {
    this.write(GAP);
  }

  ping(): void {
    this.write(PING);
  }

  /** In good order, unless a listener that does not read would make that last. */
  end(): void {
    if (this.waitingBytes > 0) this.drop();
    else this.stream.end();
  }

  /** The connection breaks; a listener that means it comes back with the id of its last event. */
  drop(): void {
    this.stream.destroy();
  }

  private hold(event: OutboxEvent): void {
    this.heldBytes += event.frame.length;
    if (this.heldBytes > MOST_WAITING_BYTES) this.drop();
    else this.held?.push(event);
  }

  private send({ position, frame }: OutboxEvent): void {
    if (!isAfter(position, this.position)) return;
    this.position = position;
    this.write(frame);
  }

  private write(frame: Buffer): void {
    if (!this.isOpen) return;
    if (this.waitingBytes + frame.length > MOST_WAITING_BYTES) this.drop();
    else this.stream.write(frame);
  }

  private async drained(): Promise<void> {
    if (!this.stream.writableNeedDrain || !this.isOpen) return;
    // A stream that closes meanwhile never drains; its expiry is the deadline.
    const closed = new AbortController();
    const onClose = (): void => closed.abort();
    this.stream.once('close', onClose);
    await once(this.stream, 'drain', { signal: closed.signal }).catch(() => undefined);
    this.stream.off('close', onClose);
  }

  private get waitingBytes(): number {
    return this.stream.writableLength + this.stream.readableLength;
  }
}
