import type { Message, Options } from 'amqplib';
import type { EnvelopeHeaders } from '@stowage/contracts';
import type { IncomingMessage } from './broker.js';
import { firstPublicationOf } from './failed-message.js';
import type { WireMessage } from './wire-message.js';

export function toProperties(message: WireMessage): Options.Publish {
  return {
    contentType: 'application/json',
    messageId: message.message_id ?? undefined,
    type: message.type,
    timestamp: message.timestamp ?? undefined,
    appId: message.app_id ?? undefined,
    userId: message.user_id ?? undefined,
    correlationId: message.correlation_id ?? undefined,
    replyTo: message.reply_to ?? undefined,
    headers: message.headers,
  };
}

/**
 * Once for each message, so in one literal: V8 takes 1 µs for each member that is named after a spread.
 * @param ownUser the user of this connection, for messages that return from a retry
 */
export function fromAmqp({ fields, properties, content }: Message, ownUser: string | null): IncomingMessage {
  const headers = (properties.headers ?? {}) as EnvelopeHeaders;
  const user_id = text(properties.userId);
  const first = firstPublicationOf({ exchange: fields.exchange, user_id, headers }, ownUser);
  return {
    exchange: first?.exchange ?? fields.exchange,
    routing_key: first?.routing_key ?? fields.routingKey,
    body: content,
    message_id: text(properties.messageId),
    type: text(properties.type) ?? fields.routingKey,
    timestamp: typeof properties.timestamp === 'number' ? properties.timestamp : null,
    app_id: text(properties.appId),
    user_id: first === null ? user_id : first.user_id,
    correlation_id: text(properties.correlationId),
    reply_to: text(properties.replyTo),
    headers,
    json: () => JSON.parse(content.toString()) as unknown,
    redelivered: fields.redelivered,
    delivery_count: deliveryCount(headers, fields.redelivered),
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Quorum queues count deliveries; of others it is only known whether this is the first. */
function deliveryCount(headers: EnvelopeHeaders, redelivered: boolean): number {
  const counted = headers['x-delivery-count'];
  if (typeof counted === 'number') return counted;
  return redelivered ? 1 : 0;
}
