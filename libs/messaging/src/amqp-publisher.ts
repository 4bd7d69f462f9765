import { IllegalOperationError, type ConfirmChannel, type Message } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.js';
import { toProperties } from './amqp-properties.js';
import type { BrokerLogger } from './broker-logger.js';
import { PublishError } from './broker.js';
import { SupervisedChannel } from './supervised-channel.js';
import type { WireMessage } from './wire-message.js';

const TIMEOUT_MS = 5_000;
/** Publishes that may wait for a connection; more are refused rather than kept in memory. */
const MAX_WAITING = 1_000;

/** Publishes with confirms, pipelined: a caller need not wait for one before the next. */
export class AmqpPublisher {
  private readonly channel: SupervisedChannel<ConfirmChannel>;
  /** Messages that the broker returned before it confirms them, counted by `returnKey`. */
  private readonly returned = new Map<string, number>();
  private readonly inFlight = new Set<Promise<void>>();
  private waiting = 0;

  constructor(
    private readonly connection: AmqpConnection,
    logger: BrokerLogger,
  ) {
    this.channel = new SupervisedChannel({
      purpose: 'publish',
      open: () => connection.createConfirmChannel(),
      setup: async (channel) => {
        this.returned.clear();
        channel.on('return', (message) => this.noteReturned(message));
      },
      logger,
    });
  }

  /** @throws PublishError */
  publish(message: WireMessage, options: { mandatory: boolean; signal?: AbortSignal }): Promise<void> {
    const publishing = this.publishOnce(message, options);
    const settled = publishing.catch(() => undefined);
    this.inFlight.add(settled);
    void settled.then(() => this.inFlight.delete(settled));
    return publishing;
  }

  /** Waits for what is being published. */
  async close(): Promise<void> {
    await Promise.all(this.inFlight);
    await this.channel.close();
  }

  private async publishOnce(
    message: WireMessage,
    options: { mandatory: boolean; signal?: AbortSignal },
  ): Promise<void> {
    const channel = this.channel.current ?? (await this.waitForChannel(options.signal));
    if (this.connection.state === 'blocked') throw new PublishError('refused');
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new PublishError('timeout')), TIMEOUT_MS);
      const settle = (error: Error | null): void => {
        clearTimeout(timer);
        if (this.takeReturned(message)) reject(new PublishError('unroutable'));
        else if (error === null) resolve();
        else reject(new PublishError(this.channel.current === channel ? 'refused' : 'closed'));
      };
      const properties = { ...toProperties(message), persistent: true, mandatory: options.mandatory };
      try {
        channel.publish(message.exchange, message.routing_key, message.body, properties, settle);
      } catch (error) {
        clearTimeout(timer);
        reject(error instanceof IllegalOperationError ? new PublishError('closed') : error);
      }
    });
  }

  private async waitForChannel(signal: AbortSignal | undefined): Promise<ConfirmChannel> {
    if (this.connection.state === 'closed') throw new PublishError('closed');
    if (this.waiting >= MAX_WAITING) throw new PublishError('refused');
    this.waiting++;
    try {
      const channel = await this.channel.opened(TIMEOUT_MS, signal);
      if (channel === undefined) throw new PublishError(signal?.aborted ? 'closed' : 'timeout');
      return channel;
    } finally {
      this.waiting--;
    }
  }

  private noteReturned({ fields, properties }: Message): void {
    const key = returnKey(properties.messageId, fields.exchange, fields.routingKey);
    this.returned.set(key, (this.returned.get(key) ?? 0) + 1);
  }

  /** A return comes before the confirm of the same message. */
  private takeReturned({ message_id, exchange, routing_key }: WireMessage): boolean {
    if (this.returned.size === 0) return false;
    const key = returnKey(message_id, exchange, routing_key);
    const count = this.returned.get(key) ?? 0;
    if (count > 1) this.returned.set(key, count - 1);
    else this.returned.delete(key);
    return count > 0;
  }
}

const returnKey = (messageId: unknown, exchange: string, routingKey: string): string =>
  JSON.stringify([messageId, exchange, routingKey]);
