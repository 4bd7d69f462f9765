import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { AmqpBroker, type AmqpBrokerOptions } from './amqp-broker.js';
import { userOf } from './amqp-connection.js';
import { silent } from './broker-logger.js';
import type { Broker, Delivery, Verdict } from './broker.js';
import { dropDeadLetters, listDeadLetters, redriveDeadLetters } from './dead-letters.js';
import { declareQueue } from './declare-topology.js';
import { describeBroker } from './testing/describe-broker.js';
import { describeOnRabbitmq, removeTopology } from './testing/describe-on-rabbitmq.js';
import { eventually } from './testing/eventually.js';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.js';
import { type TestTopology, testTopology } from './testing/test-topology.js';

const ACK: Verdict = { verdict: 'ack' };
const soon = (): number => Date.now() + 5_000;

describeOnRabbitmq('on RabbitMQ', (url) => {
  const declared: TestTopology[] = [];
  const brokers: Broker[] = [];
  let admin: ChannelModel;
  let channel: Channel;

  const open = (topology: TestTopology, options: Partial<AmqpBrokerOptions> = {}): AmqpBroker => {
    declared.push(topology);
    const broker = new AmqpBroker({ url, name: 'test', topology, ...options });
    brokers.push(broker);
    return broker;
  };

  beforeAll(async () => {
    admin = await connect(url, { noDelay: true });
    channel = await admin.createChannel();
  });

  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    for (const topology of declared) await removeTopology(url, topology);
    await admin.close();
  });

  describeBroker('AmqpBroker', (topology) => open(topology));

  describe('what is lost and comes back', () => {
    let topology: TestTopology;
    let proxy: TcpProxy;
    let broker: AmqpBroker;
    const work = (data: unknown): Promise<void> =>
      broker.publish({ exchange: topology.names.events, routing_key: 'work.do', data });

    beforeEach(async () => {
      topology = testTopology();
      proxy = await startTcpProxy(url);
      broker = open(topology, { url: proxy.url });
      await broker.ready(AbortSignal.timeout(10_000));
    });

    afterEach(async () => {
      await broker.close();
      await proxy.close();
    });

    it('leaves running handlers alone when another channel has an error', async () => {
      let finish = (): void => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const deliveries: Delivery[] = [];
      await broker.consume(topology.names.work, { prefetch: 10 }, async (delivery) => {
        deliveries.push(delivery);
        await finished;
        return ACK;
      });
      await work({});
      await eventually(
        () => deliveries,
        (all) => all.length === 1,
      );
      const lost = broker.publish({ exchange: 'missing', routing_key: 'work.do', data: {} });
      await expect(lost).rejects.toMatchObject({ reason: 'closed' });
      expect(deliveries[0]?.signal.aborted).toBe(false);
      finish();
      await work({});
      await eventually(
        () => deliveries,
        (all) => all.length === 2,
      );
      expect(deliveries.map(({ redelivered }) => redelivered)).toEqual([false, false]);
    });

    it('declares and consumes a queue again that was deleted under it', async () => {
      const received: unknown[] = [];
      await broker.consume(topology.names.work, { prefetch: 10 }, async (delivery) => {
        received.push(delivery.json());
        return ACK;
      });
      await channel.deleteQueue(topology.names.work);
      await eventually(
        () =>
          work({ again: true }).then(
            () => true,
            () => false,
          ),
        (published) => published,
      );
      expect(
        await eventually(
          () => received,
          (all) => all.length === 1,
        ),
      ).toEqual([{ again: true }]);
    });

    it('consumes, publishes and requests again after its connections were cut', async () => {
      const deliveries: Delivery[] = [];
      await broker.consume(topology.names.work, { prefetch: 10 }, async (delivery) => {
        deliveries.push(delivery);
        if (deliveries.length > 1) return ACK;
        await new Promise((resolve) => delivery.signal.addEventListener('abort', resolve, { once: true }));
        return ACK;
      });
      await work({ is: 'in hand' });
      await eventually(
        () => deliveries,
        (all) => all.length === 1,
      );
      proxy.cut();
      await eventually(
        () => deliveries,
        (all) => all.length === 2,
      );
      expect(deliveries.map((delivery) => delivery.json())).toEqual([{ is: 'in hand' }, { is: 'in hand' }]);
      expect(deliveries[1]?.redelivered).toBe(true);
      await work({ is: 'new' });
      await eventually(
        () => deliveries,
        (all) => all.length === 3,
      );
      await broker.consume(topology.names.requests, { prefetch: 1 }, async (delivery) => {
        await delivery.reply({ answered: true });
        return ACK;
      });
      const reply = await broker.request(
        { exchange: topology.names.rpc, routing_key: 'ask', data: {} },
        { deadline: soon() },
      );
      expect(reply.json()).toEqual({ answered: true });
    });

    it('fails requests at once whose connection is cut', async () => {
      let asked = 0;
      const serving = open(topology);
      await serving.consume(topology.names.requests, { prefetch: 1 }, async () => (asked++, ACK));
      const request = broker.request(
        { exchange: topology.names.rpc, routing_key: 'ask', data: {} },
        { deadline: Date.now() + 60_000 },
      );
      const outcome = request.catch((error: unknown) => error);
      await eventually(
        () => asked,
        (count) => count === 1,
      );
      proxy.cut();
      expect(await outcome).toMatchObject({ name: 'RequestError', reason: 'closed' });
    });

    it('tells a subscriber that it may have missed events', async () => {
      let gaps = 0;
      const heard: unknown[] = [];
      const listen = async (delivery: Delivery): Promise<Verdict> => (heard.push(delivery.json()), ACK);
      await broker.subscribe(topology.names.events, ['news'], listen, () => gaps++);
      expect(gaps).toBe(0);
      proxy.cut();
      await eventually(
        () => gaps,
        (count) => count === 1,
      );
      await broker.publish({ exchange: topology.names.events, routing_key: 'news', data: 1 });
      expect(
        await eventually(
          () => heard,
          (all) => all.length === 1,
        ),
      ).toEqual([1]);
    });

    it('says what it knows of a publish that hears nothing, and is connecting until the broker is back', async () => {
      proxy.freeze();
      await expect(work({})).rejects.toMatchObject({ name: 'PublishError', reason: 'timeout' });
      proxy.cut();
      await eventually(
        () => broker.status.state,
        (state) => state === 'connecting',
      );
      proxy.thaw();
      await eventually(
        () => broker.status.state,
        (state) => state === 'up',
      );
      await broker.publish({ exchange: topology.names.events, routing_key: 'news', data: 1 }, { mandatory: false });
    }, 20_000);
  });

  describe('who and where from', () => {
    it('tells the user that the broker checked, also after a retry, and believes no such header of others', async () => {
      const topology = testTopology();
      const broker = open(topology);
      const seen: unknown[] = [];
      await broker.consume(
        topology.names.work,
        { prefetch: 1 },
        async ({ user_id, exchange, routing_key, headers }) => {
          seen.push([user_id, exchange, routing_key]);
          return (headers.attempt ?? 1) === 1 ? { verdict: 'retry', reason: 'request.unavailable' } : ACK;
        },
      );
      const forged = {
        'original-user-id': 'someone-else',
        'original-exchange': 'storage.gateway',
        'original-routing-key': 'storage.delete',
      };
      await broker.publish({ exchange: topology.names.events, routing_key: 'work.do', data: {}, headers: forged });
      await eventually(
        () => seen,
        (all) => all.length === 2,
      );
      const truth = [userOf(url), topology.names.events, 'work.do'];
      expect(seen).toEqual([truth, truth]);
    });

    it('hands foreign bytes to the handler, who finds them to be no JSON', async () => {
      const topology = testTopology();
      const broker = open(topology);
      const found: unknown[] = [];
      await broker.consume(topology.names.work, { prefetch: 1 }, async (delivery) => {
        found.push(delivery.body.toString('hex'), delivery.message_id, delivery.user_id);
        expect(() => delivery.json()).toThrow(SyntaxError);
        return ACK;
      });
      channel.publish(topology.names.events, 'work.do', Buffer.from('00ff', 'hex'));
      expect(
        await eventually(
          () => found,
          (all) => all.length > 0,
        ),
      ).toEqual(['00ff', null, null]);
    });
  });

  describe('declaring', () => {
    it('uses a queue as it is that exists with other arguments', async () => {
      const topology = testTopology();
      const { work, events } = topology.names;
      await channel.assertQueue(work, { durable: true, arguments: { 'x-queue-type': 'classic' } });
      const warnings: string[] = [];
      const logger = {
        log: () => undefined,
        warn: (message: string) => warnings.push(message),
        error: () => undefined,
      };
      const broker = open(topology, { logger });
      const received: unknown[] = [];
      await broker.consume(work, { prefetch: 1 }, async (delivery) => (received.push(delivery.json()), ACK));
      await broker.publish({ exchange: events, routing_key: 'work.do', data: { taken: true } });
      await eventually(
        () => received,
        (all) => all.length === 1,
      );
      expect(warnings).toContain(`The queue ${work} exists with other arguments than ours; it is used as it is`);
    });
  });

  describe('putting a message aside', () => {
    it.each<[string, (topology: TestTopology) => string, Verdict]>([
      ['retry', ({ retryLadder }) => retryLadder[0]!.name, { verdict: 'retry', reason: 'request.internal' }],
      ['dead letters', ({ deadLetterQueue }) => deadLetterQueue, { verdict: 'dead-letter', reason: 'refused' }],
    ])(
      'is not done while the queue for %s is missing: the message stays in hand until then',
      async (_, aside, verdict) => {
        const topology = testTopology();
        const { work, events } = topology.names;
        const queue = topology.queues.find(({ name }) => name === aside(topology))!;
        const broker = open(topology);
        await broker.ready(AbortSignal.timeout(10_000));
        await channel.deleteQueue(queue.name);
        let deliveries = 0;
        await broker.consume(work, { prefetch: 1 }, async () => (deliveries++ === 0 ? verdict : ACK));
        await broker.publish({ exchange: events, routing_key: 'work.do', data: {} });
        await eventually(
          () => deliveries,
          (count) => count === 1,
        );
        // Longer than the pause before it is tried again.
        await delay(1_500);
        expect(deliveries).toBe(1);
        await declareQueue(admin, queue, silent);
        await eventually(
          async () => deliveries + (await channel.checkQueue(topology.deadLetterQueue)).messageCount,
          (count) => count === 2,
        );
      },
    );
  });

  describe('dead letters', () => {
    const park = async (topology: TestTopology): Promise<AmqpBroker> => {
      const broker = open(topology);
      const { work, events } = topology.names;
      const parking = await broker.consume(work, { prefetch: 10 }, async ({ message_id }) =>
        message_id === 'sealed-badly'
          ? { verdict: 'dead-letter', reason: 'credentials.not_sealed', body: {} }
          : { verdict: 'dead-letter', reason: 'storage.not_found' },
      );
      const headers = { 'organization-id': 'o-1' };
      for (const message_id of ['first', 'second', 'sealed-badly']) {
        await broker.publish({
          exchange: events,
          routing_key: 'work.do',
          data: { secret: 'canary' },
          message_id,
          headers,
        });
      }
      await eventually(
        async () => (await channel.checkQueue(topology.deadLetterQueue)).messageCount,
        (count) => count === 3,
      );
      await parking.cancel();
      return broker;
    };

    it('are listed with reason and origin, without bodies, as often as one likes', async () => {
      const topology = testTopology();
      await park(topology);
      const queue = topology.deadLetterQueue;
      await listDeadLetters(url, { queue });
      const letters = await listDeadLetters(url, { queue });
      expect(letters.map(({ id, reason, body_replaced }) => [id, reason, body_replaced])).toEqual([
        ['first', 'storage.not_found', false],
        ['second', 'storage.not_found', false],
        ['sealed-badly', 'credentials.not_sealed', true],
      ]);
      expect(letters[0]).toMatchObject({
        exchange: topology.names.events,
        routing_key: 'work.do',
        queue: topology.names.work,
        user_id: userOf(url),
        organization_id: 'o-1',
        attempt: 1,
        failed_at: expect.stringMatching(/^\d{4}-/) as string,
      });
      expect(JSON.stringify(letters)).not.toContain('canary');
    });

    it('are delivered again as if for the first time, but for those without their body', async () => {
      const topology = testTopology();
      const broker = await park(topology);
      const queue = topology.deadLetterQueue;
      expect(await redriveDeadLetters(url, { queue, ids: 'all' })).toBe(2);
      const again: Delivery[] = [];
      await broker.consume(topology.names.work, { prefetch: 1 }, async (delivery) => (again.push(delivery), ACK));
      await eventually(
        () => again,
        (all) => all.length === 2,
      );
      expect(again[0]).toMatchObject({
        exchange: topology.names.events,
        routing_key: 'work.do',
        message_id: 'first',
        user_id: userOf(url),
        headers: { attempt: 1 },
      });
      expect(again[0]?.json()).toEqual({ secret: 'canary' });
      expect((await listDeadLetters(url, { queue })).map(({ id }) => id)).toEqual(['sealed-badly']);
    });

    it('are deleted by id', async () => {
      const topology = testTopology();
      await park(topology);
      const queue = topology.deadLetterQueue;
      expect(await dropDeadLetters(url, { queue, ids: ['second', 'unknown'] })).toBe(1);
      expect((await listDeadLetters(url, { queue })).map(({ id }) => id)).toEqual(['first', 'sealed-badly']);
    });

    it('tell of messages that the broker itself gave up', async () => {
      const topology = testTopology();
      const broker = open(topology);
      const requeueing = await broker.consume(topology.names.work, { prefetch: 1 }, async () => ({
        verdict: 'requeue',
      }));
      await broker.publish({
        exchange: topology.names.events,
        routing_key: 'work.do',
        data: {},
        message_id: 'crasher',
      });
      const queue = topology.deadLetterQueue;
      await eventually(
        async () => (await channel.checkQueue(queue)).messageCount,
        (count) => count === 1,
      );
      await requeueing.cancel();
      expect(await listDeadLetters(url, { queue })).toEqual([
        {
          id: 'crasher',
          exchange: topology.names.events,
          routing_key: 'work.do',
          user_id: userOf(url),
          queue: topology.names.work,
          reason: 'delivery_limit',
          attempt: 1,
          failed_at: expect.any(String) as string,
          organization_id: null,
          body_replaced: false,
        },
      ]);
    });
  });
});
