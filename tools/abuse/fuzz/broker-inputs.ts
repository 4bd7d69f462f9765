import type { Options } from 'amqplib';
import { BACKUP_EVENTS, COMMANDS, EXCHANGES, GATEWAY_METHODS, RPC_METHODS, schemaOf } from '@stowage/contracts';
import type { Random } from '../../faults/random.js';
import { hostile, hostileText } from './values.js';

type Sender = 'service' | 'gateway';

/** A message that its sender may publish, and how it would be filled in well. */
export interface Kind {
  exchange: string;
  key: string;
  as: Sender;
  good: () => Record<string, unknown>;
}

export interface BrokerInput {
  as: Sender;
  exchange: string;
  key: string;
  body: Buffer;
  options: Options.Publish;
  /** It gives an address to reply to, and its deadline is ahead. */
  mustBeAnswered: boolean;
}

export interface Subject {
  random: Random;
  organizationId: string;
  storageId: string;
}

const DEADLINE_MS = 8000;
const DIRECT_REPLY = 'amq.rabbitmq.reply-to';
const USER = { service: 'backup', gateway: 'gateway' };
const APP = { service: 'backup-service', gateway: 'gateway' };
/** An AMQP short string has at most 255 bytes; longer ones no client can send. */
const SHORT_BYTES = 200;
const HEADERS = [
  'schema',
  'organization-id',
  'deadline',
  'attempt',
  'traceparent',
  'idempotency-key',
  'x-death',
  'original-user-id',
  'CC',
];

/** A message with a body and properties that are random, hostile or oversized, and that the broker takes. */
export function makeInput(random: Random, { exchange, key, as, good }: Kind, id: string): BrokerInput {
  const body = bodyOf(random, key, good());
  const isRequest = exchange === EXCHANGES.rpc || exchange === EXCHANGES.gateway;
  const options = propertiesOf(random, key, as, good(), isRequest ? id : undefined);
  const { deadline } = options.headers as Record<string, unknown>;
  const isInTime = typeof deadline !== 'number' || deadline > Date.now();
  const mustBeAnswered = isRequest && options.replyTo !== undefined && options.correlationId === id && isInTime;
  return { as, exchange, key, body, options: { ...options, mandatory: true }, mustBeAnswered };
}

/** Something that the broker itself refuses, by closing the channel. */
export function makeRefused(random: Random, { exchange, key, as }: Kind): BrokerInput {
  const refused = random.pick<() => Partial<BrokerInput>>([
    () => ({ options: { userId: as === 'gateway' ? 'backup' : 'gateway' } }),
    () => ({ options: { expiration: 'soon' } }),
    () => ({ options: { headers: { CC: 'no list' } } }),
    () => ({ options: { headers: { BCC: 'no list' } } }),
    () => ({ exchange: 'storage.nowhere' }),
    () => ({ exchange: as === 'gateway' ? EXCHANGES.rpc : EXCHANGES.gateway }),
    () => ({ exchange: EXCHANGES.events }),
  ])();
  return { as, exchange, key, body: Buffer.from('{}'), options: {}, mustBeAnswered: false, ...refused };
}

export function kindsOf({ random, organizationId: organization_id, storageId: storage_config_id }: Subject): Kind[] {
  const backup = { organization_id, storage_config_id, environment_id: null, sequence: 1 };
  const at = '2026-01-01T00:00:00Z';
  const service = (exchange: string, key: string, good: Kind['good']): Kind => ({ exchange, key, as: 'service', good });
  const config = { name: 'x', provider: 'minio', bucket: 'b', endpoint_url: 'http://127.0.0.1:1' };
  const sealed = 'eyJhbGciOiJFQ0RILUVTIn0..AAAA.AAAA.AAAA';
  return [
    ...RPC_METHODS.map((key) =>
      service(EXCHANGES.rpc, key, () => ({
        organization_id,
        storage_config_id,
        recipient: 'backup-service',
        purpose: 'write',
        nonce: 'n',
      })),
    ),
    ...COMMANDS.map((key) =>
      service(EXCHANGES.commands, key, () =>
        key === 'storage.create'
          ? { ...config, organization_id, idempotency_key: random.uuid(), credentials: sealed }
          : { organization_id, storage_config_id },
      ),
    ),
    ...BACKUP_EVENTS.map((key) =>
      service(EXCHANGES.backupEvents, key, () => ({
        ...backup,
        backup_id: random.uuid(),
        started_at: at,
        completed_at: at,
        failed_at: at,
        deleted_at: at,
        reason: 'r',
        size_bytes: 1,
        objects: ['k'],
      })),
    ),
    ...GATEWAY_METHODS.map((key): Kind => ({
      exchange: EXCHANGES.gateway,
      key,
      as: 'gateway',
      good: () => ({
        actor: { id: 'u', kind: 'user', ip: '127.0.0.1' },
        request_id: random.uuid(),
        idempotency_key: null,
        organization_id,
        storage_config_id: key === 'storage.create' ? null : random.pick([storage_config_id, random.uuid()]),
        if_version: null,
        // Neither the settings nor the allowances of others may change under the other cases.
        config: key === 'settings.update' ? {} : key === 'egress.replace_allowances' ? { allowances: [] } : config,
        credentials: null,
        depth: 'quick',
        operation_id: random.uuid(),
        backup_id: random.uuid(),
        scan: { host: 'h.example', port: 22 },
      }),
    })),
  ];
}

function bodyOf(random: Random, key: string, good: Record<string, unknown>): Buffer {
  const chance = random.next();
  if (chance < 0.08) return Buffer.from(Array.from({ length: random.between(0, 400) }, () => random.between(0, 256)));
  if (chance < 0.12) return Buffer.from(JSON.stringify(hostile(random)));
  if (chance < 0.125)
    return Buffer.from(JSON.stringify({ ...good, padding: 'x'.repeat(random.between(900_000, 3_000_000)) }));
  if (chance < 0.14) return Buffer.from('['.repeat(random.between(10, 20_000)));
  const body = mutated(random, good);
  if (chance < 0.3)
    return Buffer.from(
      JSON.stringify({
        pattern: random.next() < 0.7 ? key : hostile(random),
        data: random.next() < 0.8 ? body : hostile(random),
        ...(random.next() < 0.5 && { id: hostileText(random) }),
      }),
    );
  return Buffer.from(JSON.stringify(body));
}

function mutated(random: Random, good: Record<string, unknown>): Record<string, unknown> {
  const body = { ...good };
  for (let changes = random.between(0, 4); changes > 0; changes--) {
    const name = random.pick(Object.keys(good));
    const chance = random.next();
    if (chance < 0.2) delete body[name];
    else if (chance < 0.8) body[name] = hostile(random);
    else if (typeof body[name] === 'object' && body[name] !== null)
      body[name] = mutated(random, body[name] as Record<string, unknown>);
    else body[hostileText(random).slice(0, 60)] = hostile(random);
  }
  return body;
}

function propertiesOf(
  random: Random,
  key: string,
  as: Sender,
  good: Record<string, unknown>,
  correlationId: string | undefined,
): Options.Publish {
  const headers: Record<string, unknown> = {
    schema: schemaOf(key),
    'organization-id': good['organization_id'],
    deadline: Date.now() + DEADLINE_MS,
  };
  const wild = (share = 0.04): boolean => random.next() < share;
  for (const name of HEADERS) {
    if (wild()) headers[name] = headerValue(random, name);
    else if (wild(0.02)) delete headers[name];
  }
  return {
    headers,
    userId: USER[as],
    contentType: wild() ? short(random) : 'application/json',
    contentEncoding: wild(0.01) ? 'gzip' : undefined,
    messageId: wild() ? short(random) : random.uuid(),
    correlationId: correlationId !== undefined && wild(0.02) ? short(random) : correlationId,
    // The outcome of a command is asked for now and then, a reply to a request nearly always.
    replyTo: wild(correlationId === undefined ? 0.1 : 0.98) ? DIRECT_REPLY : undefined,
    type: wild() ? short(random) : key,
    appId: wild() ? short(random) : APP[as],
    timestamp: wild() ? random.between(0, 2 ** 31) : Math.floor(Date.now() / 1000),
    deliveryMode: 2,
    priority: wild(0.01) ? 255 : undefined,
  };
}

const short = (random: Random): string => cut(hostileText(random), SHORT_BYTES);

/** At most so many bytes in UTF-8, whatever becomes of the last character. */
function cut(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return whole.toString();
  return whole
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD+$/, '');
}

function headerValue(random: Random, name: string): unknown {
  // The broker itself takes no other kind for this one.
  if (name === 'CC') return [short(random)];
  return random.pick<() => unknown>([
    () => hostileText(random).slice(0, 2000),
    () => random.pick([0, -1, 1, 2 ** 40, 2 ** 53, 1e300, 0.5]),
    () => true,
    () => null,
    () => [1, 'two'],
    () => ({ a: { b: 1 } }),
  ])();
}
