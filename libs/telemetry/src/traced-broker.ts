import { type Attributes, SpanKind } from '@opentelemetry/api';
import {
  type Envelope,
  type EnvelopeHeaders,
  EXCHANGES,
  NO_TRACE,
  traceContextOf,
  traceHeaders,
} from '@stowage/contracts';
import type {
  Broker,
  BrokerObserver,
  BrokerStatus,
  ConsumeOptions,
  Delivery,
  DeliveryHandler,
  IncomingMessage,
  OutgoingMessage,
  RequestOptions,
  Subscription,
  Verdict,
} from '@stowage/messaging';
import { currentTrace, failSpan, inSpan } from './span.js';

/**
 * Any broker, with spans by the semantic conventions for messaging
 * (https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/). What is sent carries the trace in its headers; what a
 * handler is given carries the trace of its own processing, so that what it stores and sends goes on from there.
 */
export class TracedBroker implements Broker {
  constructor(readonly untraced: Broker) {}

  get status(): BrokerStatus {
    return this.untraced.status;
  }

  observe(observer: BrokerObserver): void {
    this.untraced.observe(observer);
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.untraced.ready(signal);
  }

  close(): Promise<void> {
    return this.untraced.close();
  }

  publish(message: OutgoingMessage, options?: { mandatory?: boolean; signal?: AbortSignal }): Promise<void> {
    return inSpan(`send ${nameOf(message)}`, sending(message, SpanKind.PRODUCER), () =>
      this.untraced.publish(withTrace(message), options),
    );
  }

  request(message: OutgoingMessage, options: RequestOptions): Promise<IncomingMessage> {
    return inSpan(`send ${nameOf(message)}`, sending(message, SpanKind.CLIENT), () =>
      this.untraced.request(withTrace(message), options),
    );
  }

  consume(queue: string, options: ConsumeOptions, handle: DeliveryHandler): Promise<Subscription> {
    return this.untraced.consume(queue, options, (delivery) => process(delivery, queue, handle));
  }

  subscribe(
    exchange: string,
    routingKeys: string[],
    handle: DeliveryHandler,
    onGap: () => void,
  ): Promise<Subscription> {
    return this.untraced.subscribe(exchange, routingKeys, (delivery) => process(delivery, null, handle), onGap);
  }
}

/** @param queue null = a private one, whose name says nothing */
function process(delivery: Delivery, queue: string | null, handle: DeliveryHandler): Promise<Verdict> {
  const isRequest = delivery.exchange === EXCHANGES.rpc || delivery.exchange === EXCHANGES.gateway;
  const destination = queue === null ? nameOf(delivery) : `${nameOf(delivery)}:${queue}`;
  const options = {
    kind: isRequest ? SpanKind.SERVER : SpanKind.CONSUMER,
    parent: traceContextOf(delivery.headers),
    attributes: {
      ...attributesOf(delivery, destination),
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.body.size': delivery.body.length,
    },
  };
  return inSpan(`process ${nameOf(delivery)}`, options, async () => {
    const verdict = await handle({ ...delivery, headers: tracedHeaders(delivery.headers) });
    if ('reason' in verdict) failSpan(verdict.reason);
    return verdict;
  });
}

function sending(message: OutgoingMessage, kind: SpanKind) {
  return {
    kind,
    parent: message.headers ? traceContextOf(message.headers) : NO_TRACE,
    attributes: {
      ...attributesOf(message, nameOf(message)),
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    },
  };
}

function attributesOf(message: Partial<Envelope> & Routed, destination: string): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': destination,
    // A reply's key is its asker's address.
    ...(message.exchange === ''
      ? { 'messaging.destination.temporary': true }
      : { 'messaging.rabbitmq.destination.routing_key': message.routing_key }),
    ...(message.message_id && { 'messaging.message.id': message.message_id }),
    ...(message.correlation_id && { 'messaging.message.conversation_id': message.correlation_id }),
  };
}

interface Routed {
  exchange: string;
  routing_key: string;
}

const nameOf = ({ exchange, routing_key }: Routed): string =>
  exchange === '' ? '(temporary)' : `${exchange}:${routing_key}`;

const withTrace = (message: OutgoingMessage): OutgoingMessage => ({
  ...message,
  headers: tracedHeaders(message.headers ?? {}),
});

function tracedHeaders(headers: EnvelopeHeaders): EnvelopeHeaders {
  const trace = currentTrace();
  if (trace === null) return headers;
  const { traceparent: _parent, tracestate: _state, ...others } = headers;
  return { ...others, ...traceHeaders(trace) };
}
