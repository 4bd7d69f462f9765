import { EXCHANGES, QUEUES } from '@stowage/contracts';
import { describeOnServers, type Rabbitmq, startRabbitmq } from '../../../tools/servers/index.js';
import { AmqpBroker } from './amqp-broker.js';
import type { Broker, Verdict } from './broker.js';
import type { BrokerRole } from './broker-users.js';
import { definitions } from './definitions.js';
import { eventually } from './testing/eventually.js';
import { storageTopology, UNROUTED } from './topology.js';

const ACK: Verdict = { verdict: 'ack' };

/** A broker of our own, as these tests need its users, its policies and its memory. */
describeOnServers(['rabbitmq'], 'with the definitions of the product', () => {
  const roles: BrokerRole[] = ['storage-worker', 'gateway', 'service'];
  const brokers: AmqpBroker[] = [];
  const warnings: string[] = [];
  let server: Rabbitmq;

  const urlOf = (role: BrokerRole): string => `amqp://${role}:password-of-${role}@${server.host}:${server.port}`;
  const open = async (role: BrokerRole): Promise<AmqpBroker> => {
    const topology = role === 'storage-worker' ? storageTopology() : undefined;
    const logger = { log: () => undefined, warn: (message: string) => warnings.push(message), error: () => undefined };
    const broker = new AmqpBroker({ url: urlOf(role), name: role, topology, logger });
    brokers.push(broker);
    await broker.ready(AbortSignal.timeout(20_000));
    return broker;
  };

  beforeAll(async () => {
    const users = roles.map((role) => ({ name: role, password: `password-of-${role}`, role }));
    server = await startRabbitmq({ definitions: definitions({ users }) });
  }, 150_000);

  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
  });

  afterAll(async () => server?.stop(), 60_000);

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
    ).toEqual([['refused', 'service']]);
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
    expect(reply.json()).toEqual({ asked_by: 'service' });
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

  it.each<[BrokerRole, string]>([
    ['service', EXCHANGES.gateway],
    ['service', EXCHANGES.events],
    ['service', 'storage.dlx'],
    ['gateway', EXCHANGES.commands],
    ['gateway', EXCHANGES.rpc],
    ['storage-worker', EXCHANGES.gateway],
  ])(
    'lets %s not publish to %s',
    async (role, exchange) => {
      const broker: Broker = await open(role);
      const refused = broker.publish({ exchange, routing_key: 'storage.delete', data: {} });
      await expect(refused).rejects.toMatchObject({ name: 'PublishError', reason: 'closed' });
    },
    30_000,
  );

  it('keeps a command under a wrong key where it is found again', async () => {
    const service = await open('service');
    await service.publish({ exchange: EXCHANGES.commands, routing_key: 'storage.tset', data: { typo: true } });
    const worker = await open('storage-worker');
    const found: unknown[] = [];
    await worker.consume(UNROUTED, { prefetch: 1 }, async ({ routing_key }) => (found.push(routing_key), ACK));
    expect(
      await eventually(
        () => found,
        (all) => all.length === 1,
      ),
    ).toEqual(['storage.tset']);
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
