import type { IncomingMessage } from './broker.js';
import { attemptOf, firstPublicationOf } from './failed-message.js';

/** A dead letter without its body, which may hold what nobody should read. */
export interface DeadLetterRecord {
  /** message_id; of foreign messages it may be missing. */
  id: string | null;
  /** Where it was first published, and by whom. */
  exchange: string;
  routing_key: string;
  user_id: string | null;
  /** The queue whose consumer could not take it. */
  queue: string | null;
  /** Error code, or the broker's own word, e.g. `delivery_limit`. */
  reason: string;
  attempt: number;
  /** ISO 8601. */
  failed_at: string | null;
  organization_id: string | null;
  /** Its body was replaced as it held a secret: it cannot be delivered again. */
  body_replaced: boolean;
}

/** @param ownUser the worker's broker user, who parks what failed; the rest is put there by the broker itself */
export function deadLetterRecord(message: IncomingMessage, ownUser: string): DeadLetterRecord {
  const { headers, message_id } = message;
  return {
    id: message_id,
    ...(lastDeath(message, ownUser) ?? parkedFrom(message)),
    attempt: attemptOf(headers),
    organization_id: textOf(headers['organization-id']),
    body_replaced: headers['body-replaced'] === true,
  };
}

type Origin = Pick<DeadLetterRecord, 'exchange' | 'routing_key' | 'user_id' | 'queue' | 'reason' | 'failed_at'>;

function parkedFrom({ headers, exchange, routing_key }: IncomingMessage): Origin {
  return {
    exchange: textOf(headers['original-exchange']) ?? exchange,
    routing_key: textOf(headers['original-routing-key']) ?? routing_key,
    user_id: textOf(headers['original-user-id']),
    queue: textOf(headers['original-queue']),
    reason: textOf(headers['error-code']) ?? 'unknown',
    failed_at: textOf(headers['failed-at']),
  };
}

/** What the broker tells of a message that it dead-lettered itself: https://www.rabbitmq.com/docs/dlx#effects */
interface Death {
  queue: string;
  reason: string;
  exchange: string;
  'routing-keys': string[];
  time?: { value: number };
}

function lastDeath(message: IncomingMessage, ownUser: string): Origin | undefined {
  const [death] = (message.headers['x-death'] ?? []) as Death[];
  if (death === undefined) return undefined;
  const { queue, reason, exchange, time } = death;
  const published = { ...message, exchange, routing_key: death['routing-keys'][0] ?? message.routing_key };
  const { routing_key, user_id, ...origin } = { ...published, ...firstPublicationOf(published, ownUser) };
  const failed_at = time ? new Date(time.value * 1000).toISOString() : null;
  return { exchange: origin.exchange, routing_key, user_id, queue, reason, failed_at };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
