import type { EnvelopeHeaders } from '@stowage/contracts';
import type { IncomingMessage, Verdict } from './broker.js';
import type { Topology } from './topology.js';
import { jsonBody, type WireMessage } from './wire-message.js';

type Failure = Extract<Verdict, { verdict: 'retry' | 'dead-letter' }>;

/** Where a message goes that its handler could not take: the rung of its attempt, or the dead letters. */
export function failedMessage(
  message: IncomingMessage,
  queue: string,
  failure: Failure,
  topology: Topology,
): WireMessage {
  const attempt = attemptOf(message.headers);
  const rung = failure.verdict === 'retry' ? topology.retryLadder[attempt - 1] : undefined;
  const replaced = failure.verdict === 'dead-letter' && failure.body !== undefined;
  const headers: EnvelopeHeaders = {
    ...withoutBrokerHeaders(message.headers),
    'original-exchange': message.exchange,
    'original-routing-key': message.routing_key,
    'original-queue': queue,
    'original-user-id': message.user_id ?? undefined,
    'error-code': failure.reason,
    attempt: rung ? attempt + 1 : attempt,
    'failed-at': rung ? undefined : new Date().toISOString(),
    'body-replaced': replaced || undefined,
  };
  return {
    ...envelopeOf(message),
    headers,
    exchange: rung ? rung.name : topology.deadLetterExchange,
    routing_key: rung ? queue : message.routing_key,
    body: replaced ? jsonBody(failure.body) : message.body,
  };
}

/**
 * A message that comes from a retry rung arrives through the default exchange, published by this very user: only then are
 * the headers that name its first publication believed.
 * @returns null for a message that comes for the first time
 */
export function firstPublicationOf(
  { exchange: last, user_id: sender, headers }: Pick<WireMessage, 'exchange' | 'user_id' | 'headers'>,
  ownUser: string | null,
): Pick<WireMessage, 'exchange' | 'routing_key' | 'user_id'> | null {
  if (last !== '' || sender !== ownUser) return null;
  const original = (name: string): string | null => (typeof headers[name] === 'string' ? headers[name] : null);
  const exchange = original('original-exchange');
  const routing_key = original('original-routing-key');
  if (exchange === null || routing_key === null) return null;
  return { exchange, routing_key, user_id: original('original-user-id') };
}

export function attemptOf({ attempt }: EnvelopeHeaders): number {
  return Number.isSafeInteger(attempt) && (attempt as number) >= 1 ? (attempt as number) : 1;
}

/** What the broker added (`x-death` and the like) would count against its limits if sent again; CC and BCC would be obeyed. */
export function withoutBrokerHeaders(headers: EnvelopeHeaders): EnvelopeHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('x-') && name !== 'CC' && name !== 'BCC'),
  );
}

export function envelopeOf({
  message_id,
  type,
  timestamp,
  app_id,
  user_id,
  correlation_id,
  reply_to,
  headers,
}: IncomingMessage) {
  return { message_id, type, timestamp, app_id, user_id, correlation_id, reply_to, headers };
}
