import { randomUUID } from 'node:crypto';
import { type Channel, IllegalOperationError, type Message } from 'amqplib';
import type { AmqpConnection } from './amqp-connection.js';
import { fromAmqp, toProperties } from './amqp-properties.js';
import type { BrokerLogger } from './broker-logger.js';
import { type IncomingMessage, RequestError, type RequestOptions } from './broker.js';
import { LONGEST_TIMER_MS } from './longest-timer.js';
import { SupervisedChannel } from './supervised-channel.js';
import type { WireMessage } from './wire-message.js';

/** https://www.rabbitmq.com/docs/direct-reply-to: replies that no queue, and so no disk, ever holds. */
const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to';
/** How long a request waits for a lost connection to come back: people are told within a second that it is away. */
const RECONNECT_GRACE_MS = 500;

export class AmqpRequester {
  private readonly channel: SupervisedChannel;
  private readonly pending = new Map<string, PendingRequest>();

  constructor(
    private readonly connection: AmqpConnection,
    logger: BrokerLogger,
  ) {
    this.channel = new SupervisedChannel({
      purpose: 'request',
      open: () => connection.createChannel(),
      setup: (channel, lost) => this.prepare(channel, lost),
      logger,
    });
  }

  get pendingCount(): number {
    return this.pending.size;
  }

  /** @throws RequestError */
  async request(message: WireMessage, options: RequestOptions): Promise<IncomingMessage> {
    const { deadline, signal, onProgress } = options;
    if (signal?.aborted) throw new RequestError('cancelled');
    const channel = this.channel.current ?? (await this.waitForChannel(options));
    if (this.connection.state === 'blocked') throw new RequestError('unreachable');
    const remaining = deadline - Date.now();
    if (remaining <= 0) throw new RequestError('timeout');
    const id = message.correlation_id ?? randomUUID();
    if (this.pending.has(id)) throw new Error('This correlation_id is in use by another request');

    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.pending.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancelled);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const cancelled = (): void => fail(new RequestError('cancelled'));
      const timer = setTimeout(() => fail(new RequestError('timeout')), Math.min(remaining, LONGEST_TIMER_MS));
      signal?.addEventListener('abort', cancelled, { once: true });
      this.pending.set(id, { onProgress, fail, answer: (reply) => (end(), resolve(reply)) });
      try {
        channel.publish(message.exchange, message.routing_key, message.body, {
          ...toProperties(message),
          correlationId: id,
          replyTo: DIRECT_REPLY_TO,
          mandatory: true,
        });
      } catch (error) {
        fail(error instanceof IllegalOperationError ? new RequestError('unreachable') : error);
      }
    });
  }

  async close(): Promise<void> {
    await this.channel.close();
  }

  private async waitForChannel({ deadline, signal }: RequestOptions): Promise<Channel> {
    const patience = Math.max(0, Math.min(RECONNECT_GRACE_MS, deadline - Date.now()));
    const channel = await this.channel.opened(patience, signal);
    if (channel !== undefined) return channel;
    if (signal?.aborted) throw new RequestError('cancelled');
    throw new RequestError('unreachable');
  }

  private async prepare(channel: Channel, lost: AbortSignal): Promise<void> {
    lost.addEventListener('abort', () => this.failAll(), { once: true });
    channel.on('return', ({ properties }) => {
      this.pending.get(properties.correlationId as string)?.fail(new RequestError('no_consumer'));
    });
    await channel.consume(DIRECT_REPLY_TO, (raw) => raw && this.receive(raw), { noAck: true });
  }

  private receive(raw: Message): void {
    const pending = this.pending.get(raw.properties.correlationId as string);
    if (pending === undefined) return;
    const reply = fromAmqp(raw, null);
    if (reply.headers['progress'] !== true) return pending.answer(reply);
    try {
      pending.onProgress?.(reply.json());
    } catch (error) {
      pending.fail(error);
    }
  }

  private failAll(): void {
    for (const pending of this.pending.values()) pending.fail(new RequestError('closed'));
  }
}

interface PendingRequest {
  onProgress: RequestOptions['onProgress'];
  answer: (reply: IncomingMessage) => void;
  fail: (error: unknown) => void;
}
