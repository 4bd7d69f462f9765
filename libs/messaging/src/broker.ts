import type { Envelope } from '@stowage/contracts';

/**
 * What the product needs of a message broker, and no more. Two implementations pass one conformance suite: `AmqpBroker`
 * (RabbitMQ) and `InProcessBroker` (unit tests, and a start on nothing but Node).
 */
export interface Broker {
  /**
   * Resolves when the broker has taken responsibility (publisher confirm). Persistent and, unless said otherwise, mandatory.
   * @throws PublishError `unroutable` | `refused` | `timeout` | `closed`; after the last two the fate is unknown: resend
   * with the same message_id.
   */
  publish(message: OutgoingMessage, options?: { mandatory?: boolean; signal?: AbortSignal }): Promise<void>;

  /**
   * One request, one reply, over direct reply-to; transient and mandatory.
   * @throws RequestError `no_consumer` at once when nobody serves the queue and `unreachable` when it could not be sent:
   * nothing was done; `timeout` at the deadline, `closed` when the connection broke and `cancelled`: the fate is unknown
   */
  request(message: OutgoingMessage, options: RequestOptions): Promise<IncomingMessage>;

  /**
   * Resolves when the consumer is registered, or after five seconds without a broker all the same: it goes on trying, and
   * re-subscribes by itself after every kind of loss until `cancel`.
   */
  consume(queue: string, options: ConsumeOptions, handle: DeliveryHandler): Promise<Subscription>;

  /**
   * A private, exclusive queue bound to the exchange, for events that every instance must see. `onGap` is called after
   * each loss of the subscription: what was published in between is gone.
   */
  subscribe(exchange: string, routingKeys: string[], handle: DeliveryHandler, onGap: () => void): Promise<Subscription>;

  readonly status: BrokerStatus;
  /** Tells of what happens from now on, for metrics. */
  observe(observer: BrokerObserver): void;
  /** Resolves at the first connection; rejects when the signal fires before. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Finishes what is being published, then closes. */
  close(): Promise<void>;
}

export interface BrokerStatus {
  state: 'connecting' | 'up' | 'blocked' | 'closed';
  /** Queues whose consumer is registered at this moment. */
  consuming: string[];
  /** Queues that are to be consumed and are not, at this moment. */
  missing: string[];
  /** None where the broker is in the same process. */
  connections: ConnectionStatus[];
  /** Requests that wait for their reply. */
  pendingRequests: number;
}

export interface ConnectionStatus {
  /** `publish`, `consume` or `request`. */
  role: string;
  state: BrokerStatus['state'];
  /** When it came into this state, epoch milliseconds. */
  since: number;
  /** Connections after the first. */
  reconnects: number;
}

/** Called in passing, so it must be quick and must not throw. */
export interface BrokerObserver {
  /** A message or request left, or could not. */
  sent?(exchange: string, outcome: 'ok' | PublishError['reason'] | RequestError['reason']): void;
  redelivered?(queue: string): void;
  /** A message was put among the dead letters. @param reason the handler's, or that of the last retry */
  parked?(reason: string): void;
}

export interface OutgoingMessage extends Partial<Omit<Envelope, 'type'>> {
  exchange: string;
  routing_key: string;
  /** Serialised as JSON. */
  data: unknown;
}

export interface RequestOptions {
  /** Epoch milliseconds; also sent as the `deadline` header. */
  deadline: number;
  signal?: AbortSignal;
  /** Intermediate replies (header `progress: true`), e.g. the steps of a running test. */
  onProgress?: (data: unknown) => void;
}

export interface IncomingMessage extends Envelope {
  exchange: string;
  routing_key: string;
  /** The raw body; `json()` parses it. */
  body: Buffer;
  /** @throws SyntaxError */
  json(): unknown;
  redelivered: boolean;
  delivery_count: number;
}

export interface ConsumeOptions {
  prefetch: number;
}

/** What becomes of a delivery; the handler decides, the library does it. */
export type Verdict =
  | { verdict: 'ack' }
  /** Back through the retry ladder; after its last step to the dead letters. */
  | { verdict: 'retry'; reason: string }
  /** To the dead letters, with this reason; `body` replaces the original where that held a secret. */
  | { verdict: 'dead-letter'; reason: string; body?: unknown }
  /** Back to the queue at once: this instance is draining. */
  | { verdict: 'requeue' };

/** Exceptions count as `retry`. */
export type DeliveryHandler = (delivery: Delivery) => Promise<Verdict>;

export interface Delivery extends IncomingMessage {
  /** Fires when the subscription is cancelled hard (drain deadline) or its channel is lost. */
  signal: AbortSignal;
  /** Only to `amq.rabbitmq.reply-to.*` or a queue that `mayReplyTo` allows; without reply_to or correlation_id nothing is sent. */
  reply(data: unknown, options?: { progress?: boolean }): Promise<void>;
}

export interface Subscription {
  /** Stops deliveries, waits up to `drainMs` (20 s) for running handlers, aborts the rest and leaves them 5 s to end. */
  cancel(options?: { drainMs?: number }): Promise<void>;
}

export class PublishError extends Error {
  override readonly name = 'PublishError';
  constructor(readonly reason: 'unroutable' | 'refused' | 'timeout' | 'closed') {
    super(`The message was not published: ${reason}`);
  }
}

export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(readonly reason: 'no_consumer' | 'unreachable' | 'timeout' | 'closed' | 'cancelled') {
    super(`The request was not answered: ${reason}`);
  }
}
