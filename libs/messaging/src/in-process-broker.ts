import { randomUUID } from 'node:crypto';
import type { EnvelopeHeaders } from '@stowage/contracts';
import { type BrokerLogger, silent } from './broker-logger.js';
import {
  type Broker,
  type BrokerObserver,
  type BrokerStatus,
  type ConsumeOptions,
  type Delivery,
  type DeliveryHandler,
  type IncomingMessage,
  type OutgoingMessage,
  PublishError,
  RequestError,
  type RequestOptions,
  type Subscription,
} from './broker.js';
import { failedMessage, firstPublicationOf } from './failed-message.js';
import { InProcessQueue } from './in-process-queue.js';
import { LONGEST_TIMER_MS } from './longest-timer.js';
import { Observers } from './observers.js';
import { DIRECT_REPLY_PREFIX, type MayReplyTo, onlyDirectReplyTo, replyAddressOf } from './reply-address.js';
import { RETRY_LADDER, storageTopology, type Topology } from './topology.js';
import { verdictOf } from './verdict-of.js';
import { publishedMessage, wireMessage, type WireMessage } from './wire-message.js';

/** The sender of what names no user itself. */
const OWN_USER = 'in-process';
const SUBSCRIPTION_PREFETCH = 100;
/** Nobody waits an hour for a process that forgets everything when it ends. */
const SHORT_LADDER = RETRY_LADDER.map(({ name }, index) => ({ name, delayMs: 100 * 4 ** index }));

export interface InProcessBrokerOptions {
  topology?: Topology;
  mayReplyTo?: MayReplyTo;
  logger?: BrokerLogger;
}

/**
 * A broker for one process: unit tests, and a start on nothing but Node. It routes, retries and parks like RabbitMQ, and
 * forgets all when it ends. Messages go through JSON, so that nothing is shared; `user_id` is taken from the message, as
 * there is no login to check it against.
 */
export class InProcessBroker implements Broker {
  private readonly topology: Topology;
  private readonly queues: InProcessQueue[];
  private readonly pending = new Map<string, PendingRequest>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly observers = new Observers();
  private readonly subscriptions = new Set<Subscription>();
  private closed = false;

  constructor(private readonly options: InProcessBrokerOptions = {}) {
    this.topology = options.topology ?? storageTopology(SHORT_LADDER);
    this.queues = this.topology.queues.map(
      ({ name, bindings, kind }) => new InProcessQueue(name, bindings, kind === 'quorum'),
    );
  }

  get status(): BrokerStatus {
    const consuming = this.queues.filter((queue) => queue.consumed).map(({ name }) => name);
    return {
      state: this.closed ? 'closed' : 'up',
      consuming,
      missing: [],
      connections: [],
      pendingRequests: this.pending.size,
    };
  }

  observe(observer: BrokerObserver): void {
    this.observers.add(observer);
  }

  async ready(): Promise<void> {}

  async publish(message: OutgoingMessage, options: { mandatory?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    await this.observers.watchSent(message.exchange, this.publishOnce(message, options));
  }

  async request(message: OutgoingMessage, options: RequestOptions): Promise<IncomingMessage> {
    return this.observers.watchSent(message.exchange, this.requestOnce(message, options));
  }

  private async publishOnce(message: OutgoingMessage, options: { mandatory?: boolean }): Promise<void> {
    if (this.closed) throw new PublishError('closed');
    const routed = this.route(publishedMessage(message, this.senderOf(message)));
    if (!routed && (options.mandatory ?? true)) throw new PublishError('unroutable');
  }

  private async requestOnce(message: OutgoingMessage, options: RequestOptions): Promise<IncomingMessage> {
    const { deadline, signal, onProgress } = options;
    if (signal?.aborted) throw new RequestError('cancelled');
    if (this.closed) throw new RequestError('unreachable');
    if (deadline <= Date.now()) throw new RequestError('timeout');
    const reply_to = `${DIRECT_REPLY_PREFIX}${randomUUID()}`;
    const correlation_id = message.correlation_id ?? randomUUID();
    const headers = { ...message.headers, deadline };
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.pending.delete(reply_to);
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancelled);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const cancelled = (): void => fail(new RequestError('cancelled'));
      const remaining = Math.min(deadline - Date.now(), LONGEST_TIMER_MS);
      const timer = setTimeout(() => fail(new RequestError('timeout')), remaining);
      signal?.addEventListener('abort', cancelled, { once: true });
      this.pending.set(reply_to, { onProgress, fail, answer: (reply) => (end(), resolve(reply)) });
      const request = { ...message, headers, correlation_id, reply_to };
      if (!this.route(wireMessage(request, this.senderOf(message)))) fail(new RequestError('no_consumer'));
    });
  }

  async consume(name: string, { prefetch }: ConsumeOptions, handle: DeliveryHandler): Promise<Subscription> {
    const queue = this.queues.find((queue) => queue.name === name);
    if (queue === undefined) throw new Error(`The queue ${name} is not in the topology`);
    return this.track(
      queue.consume(prefetch, async (message, signal) => {
        if (message.redelivered) this.observers.redelivered(name);
        const verdict = await verdictOf(handle, this.deliveryOf(message, signal), this.logger);
        if (verdict.verdict === 'ack' || verdict.verdict === 'requeue') return verdict.verdict;
        const copy = failedMessage(message, name, verdict, this.topology);
        this.route({ ...copy, user_id: OWN_USER });
        if (copy.exchange === this.topology.deadLetterExchange) this.observers.parked(verdict.reason);
        return 'ack';
      }),
    );
  }

  async subscribe(exchange: string, routingKeys: string[], handle: DeliveryHandler): Promise<Subscription> {
    const bindings = routingKeys.map((routingKey) => ({ exchange, routingKey }));
    const queue = new InProcessQueue(`in-process.${randomUUID()}`, bindings, false);
    this.queues.push(queue);
    return this.track(
      queue.consume(SUBSCRIPTION_PREFETCH, async (message, signal) => {
        await verdictOf(handle, this.deliveryOf(message, signal), this.logger);
        return 'ack';
      }),
    );
  }

  /** What lies in a queue, e.g. the dead letters. */
  messagesIn(name: string): readonly IncomingMessage[] {
    return this.queues.find((queue) => queue.name === name)?.messages ?? [];
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.cancel()));
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const pending of this.pending.values()) pending.fail(new RequestError('closed'));
  }

  private get logger(): BrokerLogger {
    return this.options.logger ?? silent;
  }

  private senderOf({ user_id }: OutgoingMessage): { app_id: null; user_id: string } {
    return { app_id: null, user_id: user_id ?? OWN_USER };
  }

  /** Returns whether any queue took it. @throws PublishError where there is no such exchange */
  private route(message: WireMessage): boolean {
    const { exchange, routing_key } = message;
    if (exchange === '' && routing_key.startsWith(DIRECT_REPLY_PREFIX)) return this.answer(routing_key, message);
    const known = exchange === '' || this.topology.exchanges.includes(exchange);
    if (!known) throw new PublishError('closed');
    const rung = this.topology.retryLadder.find(({ name }) => name === exchange);
    if (rung) return this.wait(message, rung.delayMs);
    const queues = this.queues.filter((queue) => queue.takes(exchange, routing_key));
    for (const queue of queues) queue.add(arrived(message));
    return queues.length > 0;
  }

  private wait(message: WireMessage, delayMs: number): true {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.route({ ...message, exchange: '' });
    }, delayMs);
    this.timers.add(timer);
    return true;
  }

  private deliveryOf(message: IncomingMessage, signal: AbortSignal): Delivery {
    return {
      ...message,
      signal,
      reply: async (data, options) => {
        const address = replyAddressOf(message, this.options.mayReplyTo ?? onlyDirectReplyTo, this.logger);
        if (address === undefined) return;
        const { replyTo, correlationId } = address;
        const headers = options?.progress ? { progress: true } : {};
        const reply = { exchange: '', routing_key: replyTo, data, correlation_id: correlationId, headers };
        this.route(wireMessage(reply, this.senderOf(reply)));
      },
    };
  }

  private answer(replyTo: string, message: WireMessage): boolean {
    const pending = this.pending.get(replyTo);
    if (pending === undefined) return false;
    const reply = arrived(message);
    if (reply.headers['progress'] !== true) {
      pending.answer(reply);
      return true;
    }
    try {
      pending.onProgress?.(reply.json());
    } catch (error) {
      pending.fail(error);
    }
    return true;
  }

  private track(subscription: Subscription): Subscription {
    this.subscriptions.add(subscription);
    return {
      cancel: async (options) => {
        this.subscriptions.delete(subscription);
        await subscription.cancel(options);
      },
    };
  }
}

interface PendingRequest {
  onProgress: RequestOptions['onProgress'];
  answer: (reply: IncomingMessage) => void;
  fail: (error: unknown) => void;
}

function arrived(message: WireMessage): IncomingMessage {
  const headers = JSON.parse(JSON.stringify(message.headers)) as EnvelopeHeaders;
  return {
    ...message,
    headers,
    ...firstPublicationOf(message, OWN_USER),
    json: () => JSON.parse(message.body.toString()) as unknown,
    redelivered: false,
    delivery_count: 0,
  };
}
