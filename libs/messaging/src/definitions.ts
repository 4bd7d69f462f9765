import { createHash, randomBytes } from 'node:crypto';
import { EXCHANGES, QUEUES } from '@stowage/contracts';
import { BROKER_PERMISSIONS, type BrokerRole } from './broker-users.js';
import { storageTopology, type Topology, UNROUTED } from './topology.js';

export interface BrokerUser {
  name: string;
  /** null = none: nobody can log in until the broker is told one. */
  password: string | null;
  role: BrokerRole;
}

export interface DefinitionsOptions {
  users: BrokerUser[];
  vhost?: string;
  topology?: Topology;
}

const DAY_MS = 86_400_000;

/** Limits against a flood, and what catches commands under a wrong key: as policies, since those can be changed later. */
const POLICIES = [
  {
    name: 'storage-unrouted',
    pattern: exactly(EXCHANGES.commands),
    'apply-to': 'exchanges',
    definition: { 'alternate-exchange': UNROUTED },
  },
  {
    name: 'storage-work',
    pattern: exactly(QUEUES.commands, QUEUES.backupEvents),
    'apply-to': 'queues',
    definition: { 'max-length': 200_000, 'max-length-bytes': 512 * 1024 * 1024, overflow: 'reject-publish' },
  },
  {
    name: 'storage-requests',
    pattern: exactly(QUEUES.rpc, QUEUES.gateway, QUEUES.probe),
    'apply-to': 'queues',
    definition: { 'max-length': 2_000, overflow: 'reject-publish' },
  },
  {
    name: 'storage-retry',
    pattern: '^storage\\.retry\\.',
    'apply-to': 'queues',
    definition: { 'max-length': 100_000, overflow: 'reject-publish' },
  },
  {
    name: 'storage-dead-letters',
    pattern: exactly(QUEUES.deadLetters),
    'apply-to': 'queues',
    definition: { 'max-length': 100_000, 'message-ttl': 14 * DAY_MS },
  },
  {
    name: 'storage-unrouted-messages',
    pattern: exactly(UNROUTED),
    'apply-to': 'queues',
    definition: { 'max-length': 10_000, 'message-ttl': 7 * DAY_MS, overflow: 'drop-head' },
  },
];

/** A definitions.json for `load_definitions`. https://www.rabbitmq.com/docs/definitions */
export function definitions({ users, vhost = '/', topology = storageTopology() }: DefinitionsOptions) {
  const lasting = topology.queues.filter(({ kind }) => kind === 'quorum');
  return {
    vhosts: [{ name: vhost }],
    users: users.map(({ name, password }) => ({
      name,
      password_hash: password === null ? '' : passwordHash(password),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: '',
    })),
    permissions: users.map(({ name, role }) => ({ user: name, vhost, ...BROKER_PERMISSIONS[role] })),
    policies: POLICIES.map((policy) => ({ vhost, priority: 0, ...policy })),
    exchanges: topology.exchanges.map((name) => ({
      name,
      vhost,
      type: 'topic',
      durable: true,
      auto_delete: false,
      internal: false,
      arguments: {},
    })),
    queues: lasting.map((queue) => ({
      name: queue.name,
      vhost,
      durable: true,
      auto_delete: false,
      arguments: queue.arguments,
    })),
    bindings: lasting.flatMap(({ name, bindings }) =>
      bindings.map(({ exchange, routingKey }) => ({
        source: exchange,
        vhost,
        destination: name,
        destination_type: 'queue',
        routing_key: routingKey,
        arguments: {},
      })),
    ),
  };
}

/** https://www.rabbitmq.com/docs/passwords#computing-password-hash: four bytes of salt before each of two. */
function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, digest]).toString('base64');
}

function exactly(...names: string[]): string {
  return `^(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})$`;
}
