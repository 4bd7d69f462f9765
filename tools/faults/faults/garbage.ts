import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { EXCHANGES, QUEUES, schemaOf } from '@stowage/contracts';
import type { Fault } from '../fault.js';
import type { Random } from '../random.js';
import { waitFor } from '../wait-for.js';

const NAME = 'storage.test';
/** A secret that came in clear: no copy of it may be kept. */
const CANARY = `canary-${randomUUID()}`;

interface Piece {
  what: string;
  body: (good: object) => Buffer;
  headers?: Record<string, unknown>;
  messageId?: (random: Random) => string;
  /** At full scale; default `COPIES`. */
  copies?: number;
  /** Of the dead letter. */
  reason: string;
}

const COPIES = 100;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const PIECES: Piece[] = [
  { what: 'no JSON', body: () => Buffer.from(`{"secret_key": "${CANARY}", `), reason: 'request.malformed_json' },
  { what: 'no UTF-8', body: () => Buffer.from([0xff, 0xfe, 0x00]), reason: 'request.malformed_json' },
  { what: 'nothing', body: () => Buffer.alloc(0), reason: 'request.malformed_json' },
  { what: 'a list', body: () => json([{ secret_key: CANARY }]), reason: 'request.validation' },
  {
    what: '5 MB',
    body: (good) => json({ ...good, secret_key: CANARY, padding: 'x'.repeat(5_000_000) }),
    copies: 5,
    reason: 'request.too_large',
  },
  { what: 'no storage', body: (good) => json({ ...good, storage_config_id: 7 }), reason: 'request.validation' },
  {
    what: 'a newer major',
    body: json,
    headers: { schema: `${NAME}/2` },
    reason: 'request.unsupported_schema',
  },
  {
    what: 'another organization in the header',
    body: json,
    headers: { 'organization-id': '00000000-0000-4000-8000-000000000000' },
    reason: 'request.validation',
  },
  {
    what: 'a message id that is none',
    body: json,
    messageId: (random) => `number ${random.next()}`,
    reason: 'request.validation',
  },
  {
    what: 'a pattern that is not the routing key',
    body: (good) => json({ pattern: 'storage.create', data: good }),
    reason: 'request.validation',
  },
];

export const garbage: Fault = {
  name: 'garbage',
  title:
    'bad JSON, 5 MB, wrong fields, unknown major, wrong headers; between good commands, one of them in the shape of NestJS',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, organization, random } = experiment;
    const storages = [await experiment.makeStorage(), await experiment.makeStorage()];
    const connection = await amqp.connect(lab.system.serviceAmqpUrl);
    const channel = await connection.createConfirmChannel();
    const alive = lab.workers.map(({ name }) => name);
    const pieces = new Map<string, Piece>();
    const all = PIECES.flatMap((piece) => Array<Piece>(experiment.count(piece.copies ?? COPIES)).fill(piece));
    for (const piece of random.shuffled(all)) {
      const messageId = piece.messageId?.(random) ?? random.uuid();
      pieces.set(messageId, piece);
      const good = { organization_id: organization, storage_config_id: storages[0]!.id };
      const headers = { schema: schemaOf(NAME), 'organization-id': organization, ...piece.headers };
      channel.publish(EXCHANGES.commands, NAME, piece.body(good), {
        messageId,
        headers,
        userId: 'backup',
        mandatory: true,
      });
    }
    await commands.sendCreates(experiment.count(50), organizations);
    const [plain, nestShaped] = storages.map(({ id }) => commands.testMessage(organization, id));
    await commands.send(plain!);
    await commands.sendInNestShape(nestShaped!);
    await channel.waitForConfirms();
    await connection.close();
    const allDead = async () => {
      const dead = await experiment.deadLetterReasons();
      return [...pieces.keys()].every((id) => dead.has(id));
    };
    await waitFor('Every piece of garbage is a dead letter', 60, allDead).catch(() => undefined);
    const dead = await experiment.deadLetterReasons();
    for (const [id, { what, reason }] of pieces) {
      experiment.require(dead.get(id) === reason, `the reason for ${what} is ${reason}; it is ${dead.get(id)}`);
    }
    experiment.require(!(await holdsCanary(lab.system.broker.url)), 'no dead letter holds a secret that came in clear');
    experiment.require(
      alive.every((name) => lab.workers.some((worker) => worker.name === name)),
      'no worker has ended',
    );
    experiment.figures.push(`${PIECES.length} kinds, ${pieces.size} pieces refused, each with its reason`);
  },
};

/** Looks at every dead letter; closing gives them back. */
async function holdsCanary(url: string): Promise<boolean> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  let found = false;
  for (;;) {
    const letter = await channel.get(QUEUES.deadLetters);
    if (letter === false) break;
    found ||= letter.content.includes(CANARY);
  }
  await channel.close();
  await connection.close();
  return found;
}
