import { type Channel, type ChannelModel, connect, type ConsumeMessage } from 'amqplib';
import { EXCHANGES, QUEUES } from '@stowage/contracts';
import { describeOnServers, type Rabbitmq, startRabbitmq } from '../../../tools/servers/index.js';
import { AmqpBroker } from './amqp-broker.js';
import { definitions } from './definitions.js';
import type { BrokerRole } from './broker-users.js';
import { eventually } from './testing/eventually.js';
import { storageTopology } from './topology.js';

const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;

/** Who got hold of a service's password tries what the broker, not our code, has to refuse. */
describeOnServers(['rabbitmq'], 'a broker user of a service', () => {
  const names = ['storage-worker', 'gateway', 'backup', 'reports'] as const;
  type User = (typeof names)[number];
  const roleOf = (user: User): BrokerRole => (user === 'backup' || user === 'reports' ? 'service' : user);
  let server: Rabbitmq;
  let worker: AmqpBroker;
  const connections: ChannelModel[] = [];
  const received: { user_id: string | null; routing_key: string; exchange: string }[] = [];

  beforeAll(async () => {
    const users = names.map((name) => ({ name, password: `password-of-${name}`, role: roleOf(name) }));
    server = await startRabbitmq({ definitions: definitions({ users }) });
    worker = new AmqpBroker({ url: urlOf('storage-worker'), name: 'storage-worker', topology: storageTopology() });
    await worker.ready(AbortSignal.timeout(20_000));
    for (const queue of [QUEUES.commands, QUEUES.rpc, QUEUES.gateway]) {
      await worker.consume(queue, { prefetch: 10 }, async (delivery) => {
        const { user_id, routing_key, exchange } = delivery;
        received.push({ user_id, routing_key, exchange });
        await delivery.reply('an answer');
        return { verdict: 'ack' };
      });
    }
  }, 150_000);
  beforeEach(() => received.splice(0));
  afterEach(() => Promise.all(connections.splice(0).map((connection) => connection.close().catch(() => undefined))));
  afterAll(async () => {
    await worker?.close();
    await server?.stop();
  }, 60_000);

  const urlOf = (user: User): string => `amqp://${user}:password-of-${user}@${server.host}:${server.port}`;

  /** A channel of its own, and the code with which the broker closes it. */
  async function channelOf(user: User): Promise<{ channel: Channel; closed: Promise<number> }> {
    const connection = await connect(urlOf(user), { noDelay: true });
    connection.on('error', () => undefined);
    connections.push(connection);
    const channel = await connection.createChannel();
    const closed = new Promise<number>((resolve) =>
      channel.once('error', ({ code }: { code: number }) => resolve(code)),
    );
    return { channel, closed };
  }

  const refusals: [string, (channel: Channel) => unknown][] = [
    ['publish as the gateway', (channel) => channel.publish(EXCHANGES.gateway, 'storage.delete', body())],
    ['publish events', (channel) => channel.publish(EXCHANGES.events, 'storage.deleted', body())],
    ['write into a queue through the default exchange', (channel) => channel.publish('', QUEUES.gateway, body())],
    ['publish dead letters', (channel) => channel.publish('storage.dlx', 'storage.test', body())],
    ['publish to a rung of the retries', (channel) => channel.publish('storage.retry.5s', QUEUES.commands, body())],
    ['publish to the topics that everybody has', (channel) => channel.publish('amq.topic', 'any', body())],
    ['consume the commands', (channel) => channel.consume(QUEUES.commands, () => undefined)],
    ['consume the questions', (channel) => channel.consume(QUEUES.rpc, () => undefined)],
    ['look at the dead letters', (channel) => channel.get(QUEUES.deadLetters)],
    ['empty a queue', (channel) => channel.purgeQueue(QUEUES.commands)],
    ['delete a queue', (channel) => channel.deleteQueue(QUEUES.commands)],
    ['delete an exchange', (channel) => channel.deleteExchange(EXCHANGES.commands)],
    ['declare a queue under a name of its own', (channel) => channel.assertQueue('mine')],
    ['declare an exchange', (channel) => channel.assertExchange('mine', 'fanout')],
    ['listen to the commands of others', (channel) => bindOwn(channel, EXCHANGES.commands)],
    ['listen to the questions of others', (channel) => bindOwn(channel, EXCHANGES.rpc)],
    ['listen to the gateway', (channel) => bindOwn(channel, EXCHANGES.gateway)],
    ['listen to the firehose', (channel) => bindOwn(channel, 'amq.rabbitmq.trace')],
    ['lead the commands into an exchange', (channel) => channel.bindExchange(EXCHANGES.rpc, EXCHANGES.commands, '#')],
    [
      'lead events to the gateway’s handlers',
      (channel) => channel.bindExchange(EXCHANGES.gateway, EXCHANGES.events, '#'),
    ],
    ['have what dies in its queue sent as the gateway', (channel) => deadLetterInto(channel, EXCHANGES.gateway)],
    ['have what dies in its queue sent to any queue', (channel) => deadLetterInto(channel, '')],
  ];

  it.each(refusals)('may not %s', async (_what, attempt) => {
    const { channel, closed } = await channelOf('backup');
    void Promise.resolve(attempt(channel)).catch(() => undefined);
    expect(await closed).toBe(ACCESS_REFUSED);
    expect(received).toEqual([]);
  });

  it.each<User>(['backup', 'gateway'])('may not speak in another’s name (%s)', async (user) => {
    const { channel, closed } = await channelOf(user);
    const exchange = user === 'gateway' ? EXCHANGES.gateway : EXCHANGES.commands;
    channel.publish(exchange, 'storage.test', body(), { userId: 'reports' });
    expect(await closed).toBe(PRECONDITION_FAILED);
    expect(received).toEqual([]);
  });

  it('is known by no name when it gives none, so that the worker can refuse it', async () => {
    const { channel } = await channelOf('backup');
    channel.publish(EXCHANGES.commands, 'storage.test', body(), { headers: { 'original-user-id': 'gateway' } });
    expect(await first()).toEqual({ user_id: null, routing_key: 'storage.test', exchange: EXCHANGES.commands });
  });

  it.each(['CC', 'BCC'])(
    'reaches by %s nothing that it could not reach by itself, and in its own name',
    async (header) => {
      const { channel } = await channelOf('backup');
      channel.publish(EXCHANGES.commands, 'storage.tset', body(), {
        userId: 'backup',
        headers: { [header]: ['storage.create', 'storage.delete', QUEUES.gateway] },
      });
      // Under the key that it was published with: no handler takes that.
      expect(await first()).toEqual({ user_id: 'backup', routing_key: 'storage.tset', exchange: EXCHANGES.commands });
      expect(received).toHaveLength(1);
    },
  );

  it('changes no name by letting a message die into an exchange that it may write to', async () => {
    const { channel } = await channelOf('reports');
    const { queue } = await deadLetterInto(channel, EXCHANGES.commands, 'storage.create');
    await channel.bindQueue(queue, EXCHANGES.events, 'storage.tested');
    await worker.publish({ exchange: EXCHANGES.events, routing_key: 'storage.tested', data: { organization_id: 'a' } });
    // The worker's event comes back as a command: under the worker's name, which is that of no registered service.
    expect(await first()).toMatchObject({ user_id: 'storage-worker', routing_key: 'storage.create' });
  });

  it('makes no command of events by leading one exchange into another, as no key of theirs is a command', async () => {
    const { channel } = await channelOf('reports');
    await channel.bindExchange(EXCHANGES.commands, EXCHANGES.events, '#');
    try {
      await worker.publish(
        { exchange: EXCHANGES.events, routing_key: 'storage.tested', data: {} },
        { mandatory: false },
      );
      await worker.publish(
        { exchange: EXCHANGES.events, routing_key: 'storage.created', data: {} },
        { mandatory: false },
      );
      const { channel: other } = await channelOf('backup');
      other.publish(EXCHANGES.commands, 'storage.test', body(), { userId: 'backup' });
      expect(await first()).toMatchObject({ user_id: 'backup' });
      expect(received).toHaveLength(1);
    } finally {
      await channel.unbindExchange(EXCHANGES.commands, EXCHANGES.events, '#');
    }
  });

  it('gets its answer over direct reply-to, and none at an address of another', async () => {
    const { channel } = await channelOf('backup');
    const answers: string[] = [];
    await channel.consume(
      'amq.rabbitmq.reply-to',
      (message: ConsumeMessage | null) => void answers.push(String(message?.properties.correlationId)),
      { noAck: true },
    );
    const ask = (correlationId: string, replyTo: string): boolean =>
      channel.publish(EXCHANGES.rpc, 'storage.default.get', body(), { userId: 'backup', correlationId, replyTo });
    for (const foreign of [QUEUES.gateway, QUEUES.commands, 'reports.replies']) ask('foreign', foreign);
    ask('own', 'amq.rabbitmq.reply-to');
    expect(
      await eventually(
        () => answers,
        (all) => all.length > 0,
      ),
    ).toEqual(['own']);
    expect(received.map(({ routing_key }) => routing_key)).toEqual(Array(4).fill('storage.default.get'));
  });

  async function first() {
    return (
      await eventually(
        () => received,
        (all) => all.length > 0,
      )
    )[0];
  }
});

const body = (): Buffer => Buffer.from('{}');

async function bindOwn(channel: Channel, exchange: string): Promise<void> {
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '#');
}

/** A queue in which everything dies at once. */
async function deadLetterInto(
  channel: Channel,
  deadLetterExchange: string,
  deadLetterRoutingKey: string = QUEUES.gateway,
) {
  return channel.assertQueue('', { exclusive: true, messageTtl: 0, deadLetterExchange, deadLetterRoutingKey });
}
