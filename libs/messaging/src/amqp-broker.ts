import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { AmqpConnection, userOf } from './amqp-connection.js';
import { AmqpConsumer, type AmqpConsumerOptions } from './amqp-consumer.js';
import { AmqpPublisher } from './amqp-publisher.js';
import { sendReply } from './amqp-reply.js';
import { AmqpRequester } from './amqp-requester.js';
import { type BrokerLogger, silent } from './broker-logger.js';
import type {
  Broker,
  BrokerObserver,
  BrokerStatus,
  ConsumeOptions,
  DeliveryHandler,
  IncomingMessage,
  OutgoingMessage,
  RequestOptions,
  Subscription,
} from './broker.js';
import { type ChannelSource, declareQueue, declareTopology } from './declare-topology.js';
import { failedMessage } from './failed-message.js';
import { Observers } from './observers.js';
import { OutageLog } from './outage-log.js';
import { type MayReplyTo, onlyDirectReplyTo, replyAddressOf } from './reply-address.js';
import { reasonOf } from './reason-of.js';
import { SupervisedChannel } from './supervised-channel.js';
import type { Topology } from './topology.js';
import { publishedMessage, type Sender, wireMessage, type WireMessage } from './wire-message.js';
import { verdictOf } from './verdict-of.js';

const FIRST_REGISTRATION_MS = 5_000;
const PARK_PAUSE_MS = 1_000;
const SUBSCRIPTION_PREFETCH = 100;
const SUBSCRIPTION_MAX_LENGTH = 10_000;

export interface AmqpBrokerOptions {
  /** `amqp[s]://user:password@host[:port][/vhost]` */
  url: string;
  /** `app_id` of messages, and name of the connections. */
  name: string;
  /** Declared after each connect, and needed to consume; services leave it to the worker. */
  topology?: Topology;
  /** Where replies may go; by default only to direct reply-to addresses. */
  mayReplyTo?: MayReplyTo;
  logger?: BrokerLogger;
}

/**
 * RabbitMQ. Publishing and consuming have a connection each: under a memory alarm the broker stops reading those that
 * publish, acknowledgements included. A third is for requests, asked and served: there reply and acknowledgement leave in
 * one write, which halves the cost of an answer.
 */
export class AmqpBroker implements Broker {
  private readonly logger: BrokerLogger;
  private readonly outages: OutageLog;
  private readonly sender: Sender & { user_id: string };
  private readonly publishing: AmqpConnection;
  private readonly consuming: AmqpConnection;
  private readonly requesting: AmqpConnection;
  private readonly publisher: AmqpPublisher;
  private readonly requester: AmqpRequester;
  private readonly repliesToCommands: SupervisedChannel;
  private readonly consumers = new Set<AmqpConsumer>();
  private readonly observers = new Observers();

  constructor(private readonly options: AmqpBrokerOptions) {
    this.logger = options.logger ?? silent;
    this.outages = new OutageLog(this.logger);
    this.sender = { app_id: options.name, user_id: userOf(options.url) };
    this.publishing = this.connect('publish', options.topology);
    this.consuming = this.connect('consume', options.topology);
    this.requesting = this.connect('request', options.topology);
    this.publisher = new AmqpPublisher(this.publishing, this.logger);
    this.requester = new AmqpRequester(this.requesting, this.logger);
    this.repliesToCommands = new SupervisedChannel({
      purpose: 'reply to commands',
      open: () => this.publishing.createChannel(),
      logger: this.logger,
    });
  }

  get status(): BrokerStatus {
    const states = this.connections.map(({ state }) => state);
    const state = (['closed', 'connecting', 'blocked'] as const).find((bad) => states.includes(bad)) ?? 'up';
    const consumers = [...this.consumers];
    return {
      state,
      consuming: consumers.filter(({ consuming }) => consuming).map(({ name }) => name),
      missing: consumers.filter(({ consuming }) => !consuming).map(({ name }) => name),
      connections: this.connections.map(({ status }) => status),
      pendingRequests: this.requester.pendingCount,
    };
  }

  observe(observer: BrokerObserver): void {
    this.observers.add(observer);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.ready(signal)));
  }

  async publish(message: OutgoingMessage, options: { mandatory?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    const { mandatory = true, signal } = options;
    const published = publishedMessage(message, this.sender);
    await this.observers.watchSent(message.exchange, this.publisher.publish(published, { mandatory, signal }));
  }

  async request(message: OutgoingMessage, options: RequestOptions): Promise<IncomingMessage> {
    const headers = { ...message.headers, deadline: options.deadline };
    const request = wireMessage({ ...message, headers }, this.sender);
    return this.observers.watchSent(message.exchange, this.requester.request(request, options));
  }

  async consume(queue: string, { prefetch }: ConsumeOptions, handle: DeliveryHandler): Promise<Subscription> {
    const { topology } = this.options;
    const declaration = topology?.queues.find(({ name }) => name === queue);
    if (topology === undefined || declaration === undefined)
      throw new Error(`The queue ${queue} is not in the topology`);
    const serving = declaration.kind === 'transient';
    const connection = serving ? this.requesting : this.consuming;
    return this.startConsumer(queue, {
      connection,
      prefetch,
      openQueue: async () => {
        await declareQueue(connection, declaration, this.logger);
        return queue;
      },
      reply: async (channel, message, data, progress) =>
        this.reply(serving ? channel : this.repliesToCommands.current, message, data, progress),
      handle: async (delivery) => {
        const verdict = await verdictOf(handle, delivery, this.logger);
        if (verdict.verdict === 'ack' || verdict.verdict === 'requeue') return verdict.verdict;
        const copy = failedMessage(delivery, queue, verdict, topology);
        const settlement = await this.park(copy, delivery.signal);
        if (settlement === 'ack' && copy.exchange === topology.deadLetterExchange) {
          this.observers.parked(verdict.reason);
        }
        return settlement;
      },
    });
  }

  async subscribe(
    exchange: string,
    routingKeys: string[],
    handle: DeliveryHandler,
    onGap: () => void,
  ): Promise<Subscription> {
    return this.startConsumer(`${exchange} ${routingKeys.join(' ')}`, {
      connection: this.consuming,
      prefetch: SUBSCRIPTION_PREFETCH,
      openQueue: async (channel) => {
        const { queue } = await channel.assertQueue('', {
          exclusive: true,
          durable: false,
          autoDelete: true,
          maxLength: SUBSCRIPTION_MAX_LENGTH,
        });
        for (const routingKey of routingKeys) await channel.bindQueue(queue, exchange, routingKey);
        return queue;
      },
      handle: async (delivery) => {
        await verdictOf(handle, delivery, this.logger);
        return 'ack';
      },
      reply: async () => undefined,
      onResumed: onGap,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.cancel()));
    await Promise.all([this.publisher.close(), this.requester.close(), this.repliesToCommands.close()]);
    await Promise.all(this.connections.map((connection) => connection.close()));
  }

  private get connections(): AmqpConnection[] {
    return [this.publishing, this.consuming, this.requesting];
  }

  private connect(role: string, topology?: Topology): AmqpConnection {
    const { logger, outages } = this;
    const { url, name } = this.options;
    const setup = topology && ((source: ChannelSource) => declareTopology(source, topology, logger));
    return new AmqpConnection({ url, name, role, setup, logger, outages });
  }

  private async startConsumer(
    name: string,
    options: Omit<AmqpConsumerOptions, 'user' | 'logger'>,
  ): Promise<Subscription> {
    const consumer = new AmqpConsumer(name, {
      ...options,
      user: this.sender.user_id,
      onRedelivered: () => this.observers.redelivered(name),
      logger: this.logger,
    });
    this.consumers.add(consumer);
    await consumer.registered(FIRST_REGISTRATION_MS);
    return {
      cancel: async (drain) => {
        this.consumers.delete(consumer);
        await consumer.cancel(drain);
      },
    };
  }

  private reply(channel: Channel | undefined, message: IncomingMessage, data: unknown, progress: boolean): void {
    const address = replyAddressOf(message, this.options.mayReplyTo ?? onlyDirectReplyTo, this.logger);
    if (address && channel) sendReply(channel, address, data, { progress, user: this.sender.user_id });
  }

  /** Holds the message until the broker has taken its copy: in between it is neither lost nor acknowledged. */
  private async park(copy: WireMessage, signal: AbortSignal): Promise<'ack' | 'requeue'> {
    while (!signal.aborted) {
      try {
        await this.publisher.publish({ ...copy, user_id: this.sender.user_id }, { mandatory: true, signal });
        return 'ack';
      } catch (error) {
        this.logger.warn(`${copy.type} waits to be put aside: ${reasonOf(error)}`);
        await delay(PARK_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return 'requeue';
  }
}
