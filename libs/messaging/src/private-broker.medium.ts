import { join } from 'node:path';
import { COMMANDS, EXCHANGES, QUEUES, RPC_METHODS } from '@stowage/contracts';
import { type Channel, connect } from 'amqplib';
import { describeOnServers, type Rabbitmq, startRabbitmq } from '../../../tools/servers/index.js';
import { AmqpBroker } from './amqp-broker.js';
import type { Verdict } from './broker.js';
import type { BrokerRole } from './broker-users.js';
import { eventually } from './testing/eventually.js';
import { storageTopology, UNROUTED } from './topology.js';

const ACK: Verdict = { verdict: 'ack' };

/** A broker of our own, as these tests need its users, its policies and its memory. */
describeOnServers(['rabbitmq'], 'with the definitions of docs/definitions.json', () => {
  const users: Record<BrokerRole, string> = {
    'storage-worker': 'storage-worker',
    gateway: 'gateway',
    service: 'backup',
  };
  const roles: BrokerRole[] = ['storage-worker', 'gateway', 'service'];
  const brokers: AmqpBroker[] = [];
  const warnings: string[] = [];
  const withoutPassword: string[] = [];
  let server: Rabbitmq;

  const urlOf = (role: BrokerRole): string => `amqp://${users[role]}:password-of-${role}@${server.host}:${server.port}`;
  const open = async (role: BrokerRole): Promise<AmqpBroker> => {
    const topology = role === 'storage-worker' ? storageTopology() : undefined;
    const logger = { log: () => undefined, warn: (message: string) => warnings.push(message), error: () => undefined };
    const broker = new AmqpBroker({ url: urlOf(role), name: role, topology, logger });
    brokers.push(broker);
    await broker.ready(AbortSignal.timeout(20_000));
    return broker;
  };

  beforeAll(async () => {
    server = await startRabbitmq();
    // Once, not by load_definitions: read again at every start, users without a password would lose the one they were given.
    await server.ctl('import_definitions', join(process.cwd(), 'docs', 'definitions.json'));
    for (const role of roles) {
      withoutPassword.push(await connect(urlOf(role)).then(String, String));
      await server.ctl('change_password', users[role], `password-of-${role}`);
    }
  }, 150_000);

  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  });

  afterAll(async () => server?.stop(), 60_000);

  it('lets nobody in who has not been given a password', () => {
    expect(withoutPassword).toEqual(roles.map(() => expect.stringMatching(/403|ACCESS.REFUSED/) as string));
  });

  it('lets the worker declare and consume everything, retry and park', async () => {
    const worker = await open('storage-worker');
    for (const { name } of storageTopology().queues) {
      const subscription = await worker.consume(name, { prefetch: 1 }, async () => ACK);
      expect(worker.status.consuming).toEqual([name]);
      await subscription.cancel();
    }
    expect(warnings).toEqual([]);
    const service = await open('service');
    const command = { exchange: EXCHANGES.commands, routing_key: 'storage.test', data: {}, message_id: 'refused' };
    await worker.consume(QUEUES.commands, { prefetch: 1 }, async () => ({ verdict: 'dead-letter', reason: 'refused' }));
    await service.publish(command);
    const parked: unknown[] = [];
    await worker.consume(QUEUES.deadLetters, { prefetch: 1 }, async ({ message_id, headers }) => {
      parked.push([message_id, headers['original-user-id']]);
      return ACK;
    });
    expect(
      await eventually(
        () => parked,
        (all) => all.length === 1,
      ),
    ).toEqual([['refused', 'backup']]);
  }, 60_000);

  it('lets a service ask, be answered, and hear events', async () => {
    const worker = await open('storage-worker');
    await worker.consume(QUEUES.rpc, { prefetch: 1 }, async (delivery) => {
      await delivery.reply({ asked_by: delivery.user_id });
      return ACK;
    });
    const service = await open('service');
    const question = { exchange: EXCHANGES.rpc, routing_key: 'storage.default.get', data: {} };
    const reply = await service.request(question, { deadline: Date.now() + 5_000 });
    expect(reply.json()).toEqual({ asked_by: 'backup' });
    const heard: unknown[] = [];
    const listen = async (event: { json(): unknown }): Promise<Verdict> => (heard.push(event.json()), ACK);
    await service.subscribe(EXCHANGES.events, ['storage.tested'], listen, () => undefined);
    await worker.publish({ exchange: EXCHANGES.events, routing_key: 'storage.tested', data: { is: 'heard' } });
    expect(
      await eventually(
        () => heard,
        (all) => all.length === 1,
      ),
    ).toEqual([{ is: 'heard' }]);
  }, 30_000);

  it.each<[BrokerRole, string[]]>([
    ['service', [EXCHANGES.rpc, EXCHANGES.commands, EXCHANGES.backupEvents]],
    ['gateway', [EXCHANGES.gateway]],
  ])(
    'lets %s publish to %j and to no other exchange, the default one included',
    async (role, allowed) => {
      const { exchanges } = storageTopology();
      const taken: string[] = [];
      for (const exchange of [...exchanges, '', 'amq.direct', 'amq.topic', 'amq.fanout']) {
        if (await isTaken(urlOf(role), exchange)) taken.push(exchange);
      }
      expect(taken.toSorted()).toEqual(allowed.toSorted());
    },
    60_000,
  );

  it.each<BrokerRole>(['service', 'gateway'])(
    'lets %s read no queue, and declare, purge and delete nothing of the worker',
    async (role) => {
      const connection = await connect(urlOf(role));
      const refused = async (what: string, act: (channel: Channel) => Promise<unknown>): Promise<string[]> => {
        const channel = await connection.createChannel();
        channel.on('error', () => undefined);
        return act(channel).then(
          () => [what],
          () => [],
        );
      };
      const succeeded: string[] = [];
      const lasting = storageTopology().queues.filter(({ kind }) => kind === 'quorum');
      for (const { name } of lasting) {
        succeeded.push(...(await refused(`consume ${name}`, (channel) => channel.consume(name, () => undefined))));
        succeeded.push(...(await refused(`get ${name}`, (channel) => channel.get(name))));
        succeeded.push(...(await refused(`purge ${name}`, (channel) => channel.purgeQueue(name))));
        succeeded.push(...(await refused(`delete ${name}`, (channel) => channel.deleteQueue(name))));
      }
      for (const name of ['storage.mine', 'mine', QUEUES.rpc]) {
        succeeded.push(...(await refused(`declare queue ${name}`, (channel) => channel.assertQueue(name))));
        succeeded.push(
          ...(await refused(`declare exchange ${name}`, (channel) => channel.assertExchange(name, 'topic'))),
        );
      }
      // A copy of everybody's commands, questions or reports would be in its own queue.
      for (const exchange of [EXCHANGES.commands, EXCHANGES.rpc, EXCHANGES.backupEvents, EXCHANGES.gateway]) {
        const bind = async (channel: Channel) => {
          const { queue } = await channel.assertQueue('', { exclusive: true });
          return channel.bindQueue(queue, exchange, '#');
        };
        succeeded.push(...(await refused(`bind to ${exchange}`, bind)));
      }
      await connection.close();
      expect(succeeded).toEqual([]);
    },
    60_000,
  );

  it('lets a service send nothing in the name of another', async () => {
    const connection = await connect(urlOf('service'));
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    channel.publish(EXCHANGES.commands, COMMANDS[0], Buffer.from('{}'), { userId: 'gateway' });
    await expect(channel.waitForConfirms()).rejects.toThrow();
    await connection.close();
  });

  it('lets the worker not ask in the place of the gateway', async () => {
    expect(await isTaken(urlOf('storage-worker'), EXCHANGES.gateway)).toBe(false);
    expect(await isTaken(urlOf('storage-worker'), EXCHANGES.rpc)).toBe(false);
  });

  it('has the alternate exchange and every limit by policy, so that they can be changed', async () => {
    const listed = await server.ctl('-q', 'list_policies', '--formatter', 'json');
    const policies = JSON.parse(listed) as { name: string }[];
    expect(policies.map(({ name }) => name).sort()).toEqual([
      'storage-dead-letters',
      'storage-requests',
      'storage-retry',
      'storage-unrouted',
      'storage-unrouted-messages',
      'storage-work',
    ]);
  });

  it('keeps a command under a wrong key where it is found again', async () => {
    const service = await open('service');
    await service.publish({ exchange: EXCHANGES.commands, routing_key: 'storage.tset', data: { typo: true } });
    const worker = await open('storage-worker');
    const found: unknown[] = [];
    await worker.consume(UNROUTED, { prefetch: 1 }, async ({ routing_key }) => (found.push(routing_key), ACK));
    expect(
      await eventually(
        () => found,
        (all) => all.includes('storage.tset'),
      ),
    ).toContain('storage.tset');
  }, 30_000);

  it('refuses to publish while the broker is short of memory, and goes on consuming', async () => {
    const worker = await open('storage-worker');
    const service = await open('service');
    const event = { exchange: EXCHANGES.backupEvents, routing_key: 'backup.completed', data: {} };
    for (let sent = 0; sent < 3; sent++) await service.publish(event);
    await server.ctl('set_vm_memory_high_watermark', 'absolute', '1');
    try {
      const outcome = await eventually(
        () => service.publish(event).then(String, String),
        () => service.status.state === 'blocked',
      );
      expect(outcome).not.toBe('undefined');
      await expect(service.publish(event)).rejects.toMatchObject({ name: 'PublishError', reason: 'refused' });
      let consumed = 0;
      await worker.consume(QUEUES.backupEvents, { prefetch: 1 }, async () => (consumed++, ACK));
      await eventually(
        () => consumed,
        (count) => count >= 3,
      );
    } finally {
      await server.ctl('set_vm_memory_high_watermark', 'absolute', '1GB');
    }
    await eventually(
      () => service.status.state,
      (state) => state === 'up',
    );
    await expect(service.publish(event)).resolves.toBeUndefined();
  }, 90_000);

  it('comes back after the broker was away, with what it had confirmed', async () => {
    const worker = await open('storage-worker');
    const service = await open('service');
    await service.publish({ exchange: EXCHANGES.commands, routing_key: 'storage.create', data: { kept: true } });
    await server.ctl('stop_app');
    expect(
      await eventually(
        () => service.status.state,
        (state) => state === 'connecting',
      ),
    ).toBe('connecting');
    await server.ctl('start_app');
    const received: unknown[] = [];
    await worker.consume(QUEUES.commands, { prefetch: 1 }, async (delivery) => (received.push(delivery.json()), ACK));
    await eventually(
      () => received,
      (all) => all.length === 1,
    );
    expect(received).toEqual([{ kept: true }]);
  }, 120_000);
});

/** Whether the broker takes a message of this user for the exchange. */
async function isTaken(url: string, exchange: string): Promise<boolean> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  channel.publish(exchange, RPC_METHODS[0], Buffer.from('{}'));
  const taken = await channel.waitForConfirms().then(
    () => true,
    () => false,
  );
  await connection.close();
  return taken;
}
