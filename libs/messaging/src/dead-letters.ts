import { QUEUES } from '@stowage/contracts';
import { AmqpConnection, userOf } from './amqp-connection.js';
import { fromAmqp } from './amqp-properties.js';
import { AmqpPublisher } from './amqp-publisher.js';
import { silent } from './broker-logger.js';
import type { IncomingMessage } from './broker.js';
import { type DeadLetterRecord, deadLetterRecord } from './dead-letter-record.js';
import { envelopeOf, withoutBrokerHeaders } from './failed-message.js';
import { closeQuietly } from './supervised-channel.js';
import type { WireMessage } from './wire-message.js';

const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_LIMIT = 100;

export interface DeadLetterOptions {
  /** Default: the worker's dead-letter queue. */
  queue?: string;
}

export interface DeadLetterSelection extends DeadLetterOptions {
  /** message_ids, or all. */
  ids: string[] | 'all';
}

/** The oldest dead letters, up to `limit` (100). @throws Error when the broker cannot be reached within ten seconds */
export async function listDeadLetters(
  url: string,
  options: DeadLetterOptions & { limit?: number } = {},
): Promise<DeadLetterRecord[]> {
  const records: DeadLetterRecord[] = [];
  await visitDeadLetters(url, { limit: DEFAULT_LIMIT, ...options }, async ({ record }) => {
    records.push(record);
    return 'keep';
  });
  return records;
}

/**
 * Delivers dead letters to the queue that they came from, as a first attempt; returns how many. Those whose body was
 * replaced stay. Needs the broker user of the worker: only that user's copies may name their original caller.
 * @throws PublishError `unroutable` where the queue is gone; Error as `listDeadLetters`
 */
export async function redriveDeadLetters(url: string, { ids, ...options }: DeadLetterSelection): Promise<number> {
  return visitDeadLetters(url, options, async ({ record, message, publisher }) => {
    if (!isSelected(record, ids) || record.queue === null || record.body_replaced) return 'keep';
    await publisher.publish(firstAttempt(message, record, record.queue, userOf(url)), { mandatory: true });
    return 'remove';
  });
}

/** Deletes dead letters; returns how many. @throws Error as `listDeadLetters` */
export async function dropDeadLetters(url: string, { ids, ...options }: DeadLetterSelection): Promise<number> {
  return visitDeadLetters(url, options, async ({ record }) => (isSelected(record, ids) ? 'remove' : 'keep'));
}

const isSelected = ({ id }: DeadLetterRecord, ids: string[] | 'all'): boolean =>
  ids === 'all' || (id !== null && ids.includes(id));

function firstAttempt(message: IncomingMessage, record: DeadLetterRecord, queue: string, ownUser: string): WireMessage {
  return {
    ...envelopeOf(message),
    exchange: '',
    routing_key: queue,
    body: message.body,
    user_id: ownUser,
    headers: {
      ...withoutBrokerHeaders(message.headers),
      'original-exchange': record.exchange,
      'original-routing-key': record.routing_key,
      'original-user-id': record.user_id ?? undefined,
      'original-queue': queue,
      'error-code': undefined,
      'failed-at': undefined,
      attempt: 1,
    },
  };
}

interface Visited {
  record: DeadLetterRecord;
  message: IncomingMessage;
  publisher: AmqpPublisher;
}

/** Shows each dead letter once, from the oldest; those kept go back to their place. Returns how many were removed. */
async function visitDeadLetters(
  url: string,
  { queue = QUEUES.deadLetters, limit = Infinity }: DeadLetterOptions & { limit?: number },
  decide: (visited: Visited) => Promise<'keep' | 'remove'>,
): Promise<number> {
  const connection = new AmqpConnection({ url, name: 'dead-letters', role: 'publish', logger: silent });
  const publisher = new AmqpPublisher(connection, silent);
  try {
    await connection.ready(AbortSignal.timeout(CONNECT_TIMEOUT_MS));
    const channel = await connection.createChannel();
    const { messageCount } = await channel.checkQueue(queue);
    let removed = 0;
    for (let left = Math.min(messageCount, limit); left > 0; left--) {
      const raw = await channel.get(queue);
      if (raw === false) break;
      const message = fromAmqp(raw, null);
      const record = deadLetterRecord(message, userOf(url));
      if ((await decide({ record, message, publisher })) === 'keep') continue;
      channel.ack(raw);
      removed++;
    }
    // Closing gives back what was kept.
    await closeQuietly(channel);
    return removed;
  } finally {
    await publisher.close();
    await connection.close();
  }
}
