import { setMaxListeners } from 'node:events';
import type { IncomingMessage, Subscription } from './broker.js';
import { RunningHandlers } from './running-handlers.js';
import type { Binding } from './topology.js';
import { matchesTopic } from './topic-pattern.js';

/** A queue in memory: first in, first out, shared out among its consumers in turn. */
export class InProcessQueue {
  private ready: IncomingMessage[] = [];
  private consumers: InProcessConsumer[] = [];

  constructor(
    readonly name: string,
    private readonly bindings: Binding[],
    /** Whether it is there without consumers too. */
    private readonly lasting: boolean,
  ) {}

  get exists(): boolean {
    return this.lasting || this.consumers.length > 0;
  }

  get consumed(): boolean {
    return this.consumers.length > 0;
  }

  get messages(): readonly IncomingMessage[] {
    return this.ready;
  }

  takes(exchange: string, routingKey: string): boolean {
    if (exchange === '') return this.exists && routingKey === this.name;
    return (
      this.exists &&
      this.bindings.some((bound) => bound.exchange === exchange && matchesTopic(bound.routingKey, routingKey))
    );
  }

  add(message: IncomingMessage): void {
    this.ready.push(message);
    this.shareOut();
  }

  remove(message: IncomingMessage): void {
    this.ready = this.ready.filter((other) => other !== message);
  }

  /** @param settle never rejects */
  consume(
    prefetch: number,
    settle: (message: IncomingMessage, signal: AbortSignal) => Promise<'ack' | 'requeue'>,
  ): Subscription {
    const consumer = new InProcessConsumer(prefetch, settle, (message) => {
      if (message) this.ready.unshift({ ...message, redelivered: true, delivery_count: message.delivery_count + 1 });
      this.shareOut();
    });
    this.consumers.push(consumer);
    this.shareOut();
    return {
      cancel: async (options) => {
        this.consumers = this.consumers.filter((other) => other !== consumer);
        if (!this.exists) this.ready = [];
        await consumer.drain(options?.drainMs);
      },
    };
  }

  private shareOut(): void {
    while (this.ready.length > 0) {
      const index = this.consumers.findIndex((consumer) => consumer.idle);
      const [consumer] = index < 0 ? [] : this.consumers.splice(index, 1);
      if (consumer === undefined) return;
      this.consumers.push(consumer);
      consumer.take(this.ready.shift() as IncomingMessage);
    }
  }
}

class InProcessConsumer {
  private readonly running = new RunningHandlers();
  private readonly abort = new AbortController();
  private busy = 0;

  constructor(
    private readonly prefetch: number,
    private readonly settle: (message: IncomingMessage, signal: AbortSignal) => Promise<'ack' | 'requeue'>,
    /** Called when a message is done with, and with the message where it goes back. */
    private readonly done: (back?: IncomingMessage) => void,
  ) {
    setMaxListeners(0, this.abort.signal);
  }

  get idle(): boolean {
    return this.busy < this.prefetch;
  }

  take(message: IncomingMessage): void {
    this.busy++;
    this.running.add(this.process(message));
  }

  async drain(drainMs?: number): Promise<void> {
    await this.running.drain(this.abort, drainMs);
  }

  private async process(message: IncomingMessage): Promise<void> {
    // As over a wire: nothing happens within the publisher's own call.
    await new Promise(setImmediate);
    const settlement = await this.settle(message, this.abort.signal);
    this.busy--;
    this.done(settlement === 'requeue' ? message : undefined);
  }
}
