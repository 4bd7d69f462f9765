import { BACKUP_EVENTS, COMMANDS, EXCHANGES, GATEWAY_METHODS, QUEUES, RPC_METHODS } from '@stowage/contracts';

/** All that is declared at the broker, as data. Exchanges are durable topics without arguments. */
export interface Topology {
  exchanges: string[];
  queues: QueueDeclaration[];
  /** Failed messages wait in the rung of their attempt; after the last they are dead letters. */
  retryLadder: RetryRung[];
  deadLetterExchange: string;
  deadLetterQueue: string;
}

export interface QueueDeclaration {
  name: string;
  /**
   * `quorum` keeps messages for a consumer to come. `transient` is a classic queue that goes with its last consumer, so
   * that a mandatory request without anyone to serve it comes back at once; its consumers declare it.
   */
  kind: 'quorum' | 'transient';
  bindings: Binding[];
  arguments: Record<string, string | number>;
}

export interface Binding {
  exchange: string;
  routingKey: string;
}

/** One waiting time: an exchange and a queue of the same name. Messages are published with their queue as routing key. */
export interface RetryRung {
  name: string;
  delayMs: number;
}

const RETRY_EXCHANGE_PREFIX = 'storage.retry.';
const DEAD_LETTER_EXCHANGE = 'storage.dlx';
export const UNROUTED = 'storage.unrouted';

export const RETRY_LADDER: RetryRung[] = [
  { name: `${RETRY_EXCHANGE_PREFIX}5s`, delayMs: 5_000 },
  { name: `${RETRY_EXCHANGE_PREFIX}30s`, delayMs: 30_000 },
  { name: `${RETRY_EXCHANGE_PREFIX}2m`, delayMs: 120_000 },
  { name: `${RETRY_EXCHANGE_PREFIX}10m`, delayMs: 600_000 },
  { name: `${RETRY_EXCHANGE_PREFIX}1h`, delayMs: 3_600_000 },
];

/**
 * Crash guard only: deliveries of a message that took its consumer down with it. High enough that innocents, unacknowledged
 * at the same time, survive. https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling
 */
const DELIVERY_LIMIT = 10;
/** Looking at dead letters returns them to their queue each time; RabbitMQ 4 drops at 20 returns where nothing is set. */
const NEVER_REACHED = 1_000_000;

/** At-least-once dead-lettering needs `reject-publish`. https://www.rabbitmq.com/docs/quorum-queues#dead-lettering */
const SAFE_DEAD_LETTERING = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

const WORK_QUEUE = {
  'x-delivery-limit': DELIVERY_LIMIT,
  'x-dead-letter-exchange': DEAD_LETTER_EXCHANGE,
  ...SAFE_DEAD_LETTERING,
};

export function storageTopology(retryLadder: RetryRung[] = RETRY_LADDER): Topology {
  return {
    exchanges: [...Object.values(EXCHANGES), DEAD_LETTER_EXCHANGE, UNROUTED, ...retryLadder.map((rung) => rung.name)],
    queues: [
      quorum(QUEUES.commands, bind(EXCHANGES.commands, COMMANDS), WORK_QUEUE),
      quorum(QUEUES.backupEvents, bind(EXCHANGES.backupEvents, BACKUP_EVENTS), WORK_QUEUE),
      transient(QUEUES.rpc, bind(EXCHANGES.rpc, RPC_METHODS)),
      transient(
        QUEUES.gateway,
        bind(
          EXCHANGES.gateway,
          GATEWAY_METHODS.filter((method) => method !== 'storage.test'),
        ),
      ),
      transient(QUEUES.probe, bind(EXCHANGES.gateway, ['storage.test'])),
      quorum(QUEUES.deadLetters, bind(DEAD_LETTER_EXCHANGE, ['#']), { 'x-delivery-limit': NEVER_REACHED }),
      quorum(UNROUTED, bind(UNROUTED, ['#']), {}),
      ...retryLadder.map(waitingQueue),
    ],
    retryLadder,
    deadLetterExchange: DEAD_LETTER_EXCHANGE,
    deadLetterQueue: QUEUES.deadLetters,
  };
}

/**
 * Expired messages go to the default exchange under their routing key, which is the queue that they came from: no
 * `x-dead-letter-routing-key`. One queue a delay, as a delay per message would wait behind longer ones.
 */
export function waitingQueue({ name, delayMs }: RetryRung): QueueDeclaration {
  return quorum(name, bind(name, ['#']), {
    'x-message-ttl': delayMs,
    'x-dead-letter-exchange': '',
    ...SAFE_DEAD_LETTERING,
  });
}

function quorum(name: string, bindings: Binding[], args: QueueDeclaration['arguments']): QueueDeclaration {
  return { name, kind: 'quorum', bindings, arguments: { 'x-queue-type': 'quorum', ...args } };
}

function transient(name: string, bindings: Binding[]): QueueDeclaration {
  return { name, kind: 'transient', bindings, arguments: { 'x-queue-type': 'classic' } };
}

const bind = (exchange: string, routingKeys: readonly string[]): Binding[] =>
  routingKeys.map((routingKey) => ({ exchange, routingKey }));
