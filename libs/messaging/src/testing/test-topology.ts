import { randomUUID } from 'node:crypto';
import { waitingQueue, type Topology } from '../topology.js';

export interface TestTopology extends Topology {
  names: { events: string; rpc: string; work: string; requests: string };
}

/** A small topology under names that no other test has, with a retry ladder of two short rungs. */
export function testTopology(): TestTopology {
  const prefix = `test-${randomUUID()}`;
  const names = {
    events: `${prefix}.events`,
    rpc: `${prefix}.rpc`,
    work: `${prefix}.work`,
    requests: `${prefix}.requests`,
  };
  const deadLetterExchange = `${prefix}.dlx`;
  const deadLetterQueue = `${prefix}.dlq`;
  const retryLadder = [
    { name: `${prefix}.retry.1`, delayMs: 50 },
    { name: `${prefix}.retry.2`, delayMs: 100 },
  ];
  const quorum = { 'x-queue-type': 'quorum' };
  return {
    names,
    exchanges: [names.events, names.rpc, deadLetterExchange, ...retryLadder.map(({ name }) => name)],
    queues: [
      {
        name: names.work,
        kind: 'quorum',
        bindings: [{ exchange: names.events, routingKey: 'work.*' }],
        arguments: { ...quorum, 'x-dead-letter-exchange': deadLetterExchange, 'x-delivery-limit': 2 },
      },
      {
        name: names.requests,
        kind: 'transient',
        bindings: [{ exchange: names.rpc, routingKey: 'ask' }],
        arguments: { 'x-queue-type': 'classic' },
      },
      {
        name: deadLetterQueue,
        kind: 'quorum',
        bindings: [{ exchange: deadLetterExchange, routingKey: '#' }],
        arguments: quorum,
      },
      ...retryLadder.map(waitingQueue),
    ],
    retryLadder,
    deadLetterExchange,
    deadLetterQueue,
  };
}
