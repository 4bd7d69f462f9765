import { setMaxListeners } from 'node:events';
import { type Channel, type ConsumeMessage, IllegalOperationError } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.js';
import { fromAmqp } from './amqp-properties.js';
import type { BrokerLogger } from './broker-logger.js';
import type { Delivery, IncomingMessage, Subscription } from './broker.js';
import { RunningHandlers } from './running-handlers.js';
import { closeQuietly, SupervisedChannel } from './supervised-channel.js';

export interface AmqpConsumerOptions {
  connection: AmqpConnection;
  /** The user of the connection. */
  user: string;
  prefetch: number;
  /** Makes sure of the queue and returns its name; called for each new channel. */
  openQueue: (channel: Channel) => Promise<string>;
  /** Never rejects. */
  handle: (delivery: Delivery) => Promise<'ack' | 'requeue'>;
  /** @param channel the one that the message came by */
  reply: (channel: Channel, message: IncomingMessage, data: unknown, progress: boolean) => Promise<void>;
  onRedelivered?: () => void;
  /** Called when it consumes again after a loss. */
  onResumed?: () => void;
  logger: BrokerLogger;
}

export class AmqpConsumer implements Subscription {
  private readonly channel: SupervisedChannel;
  private readonly running = new RunningHandlers();
  private tag: string | undefined;
  private abort = new AbortController();
  private draining = false;
  private wasConsuming = false;

  constructor(
    /** For status and log. */
    readonly name: string,
    private readonly options: AmqpConsumerOptions,
  ) {
    this.channel = new SupervisedChannel({
      purpose: name,
      open: () => options.connection.createChannel(),
      setup: (channel, lost) => this.consumeFrom(channel, lost),
      logger: options.logger,
    });
  }

  get consuming(): boolean {
    return this.tag !== undefined;
  }

  /** Resolves when the consumer is registered, or after the timeout all the same. */
  async registered(timeoutMs: number): Promise<void> {
    await this.channel.opened(timeoutMs);
  }

  async cancel(options: { drainMs?: number } = {}): Promise<void> {
    this.draining = true;
    const { tag } = this;
    this.tag = undefined;
    if (tag !== undefined) await this.channel.current?.cancel(tag).catch(() => undefined);
    await this.running.drain(this.abort, options.drainMs);
    await this.channel.close();
  }

  private async consumeFrom(channel: Channel, lost: AbortSignal): Promise<void> {
    if (this.draining) return;
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    this.abort = abort;
    lost.addEventListener('abort', () => {
      this.tag = undefined;
      abort.abort(new DOMException('The channel of this message is lost', 'AbortError'));
    });
    await channel.prefetch(this.options.prefetch);
    const queue = await this.options.openQueue(channel);
    const { consumerTag } = await channel.consume(queue, (raw) => this.receive(channel, raw, abort.signal));
    this.tag = consumerTag;
    if (this.wasConsuming) this.options.onResumed?.();
    this.wasConsuming = true;
  }

  private receive(channel: Channel, raw: ConsumeMessage | null, signal: AbortSignal): void {
    // The broker has cancelled this consumer, e.g. as its queue was deleted: rebuild everything.
    if (raw === null) void closeQuietly(channel);
    else if (this.draining) channel.reject(raw, true);
    else this.running.add(this.process(channel, raw, signal));
  }

  private async process(channel: Channel, raw: ConsumeMessage, signal: AbortSignal): Promise<void> {
    const message = fromAmqp(raw, this.options.user);
    if (message.redelivered) this.options.onRedelivered?.();
    const reply: Delivery['reply'] = (data, options) =>
      this.options.reply(channel, message, data, options?.progress ?? false);
    const settlement = await this.options.handle(Object.assign(message, { signal, reply }));
    settle(channel, raw, settlement);
  }
}

function settle(channel: Channel, raw: ConsumeMessage, settlement: 'ack' | 'requeue'): void {
  try {
    if (settlement === 'ack') channel.ack(raw);
    else channel.reject(raw, true);
  } catch (error) {
    // The channel is closed: the broker delivers the message again.
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}
