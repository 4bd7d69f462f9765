import { randomUUID } from 'node:crypto';
import type { Envelope } from '@stowage/contracts';
import type { OutgoingMessage } from './broker.js';

/** A message as it is sent: its envelope, where it goes, and its body in bytes. */
export interface WireMessage extends Envelope {
  exchange: string;
  routing_key: string;
  body: Buffer;
}

export interface Sender {
  app_id: string | null;
  user_id: string | null;
}

/** As `wireMessage`, with the identity that makes a repetition harmless, and its time. */
export function publishedMessage(message: OutgoingMessage, sender: Sender): WireMessage {
  const { message_id, timestamp, ...rest } = wireMessage(message, sender);
  return {
    ...rest,
    message_id: message_id ?? randomUUID(),
    timestamp: timestamp ?? Math.floor(Date.now() / 1000),
  };
}

/** @throws TypeError when the data is no JSON */
export function wireMessage(message: OutgoingMessage, sender: Sender): WireMessage {
  return {
    exchange: message.exchange,
    routing_key: message.routing_key,
    body: jsonBody(message.data),
    message_id: message.message_id ?? null,
    type: message.routing_key,
    timestamp: message.timestamp ?? null,
    app_id: message.app_id ?? sender.app_id,
    user_id: sender.user_id,
    correlation_id: message.correlation_id ?? null,
    reply_to: message.reply_to ?? null,
    headers: message.headers ?? {},
  };
}

export const jsonBody = (data: unknown): Buffer => Buffer.from(JSON.stringify(data ?? null));
