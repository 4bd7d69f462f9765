import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, BrokerObserver, Delivery, IncomingMessage, Subscription, Verdict } from '../broker.js';
import { type TestTopology, testTopology } from './test-topology.js';
import { eventually } from './eventually.js';

const ACK: Verdict = { verdict: 'ack' };
const soon = (): number => Date.now() + 5_000;

/** What every Broker does, proven alike for each. */
export function describeBroker(name: string, open: (topology: TestTopology) => Broker): void {
  describe(name, () => {
    const topology = testTopology();
    const { events, rpc, work, requests } = topology.names;
    let broker: Broker;
    const subscriptions: Subscription[] = [];

    beforeAll(async () => {
      broker = open(topology);
      await broker.ready(AbortSignal.timeout(10_000));
    }, 20_000);

    afterEach(async () => {
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.cancel({ drainMs: 100 })));
    });

    afterAll(async () => broker.close());

    const consume = async (
      queue: string,
      handle: (delivery: Delivery) => Verdict | Promise<Verdict>,
      prefetch = 10,
    ): Promise<Subscription> => {
      const subscription = await broker.consume(queue, { prefetch }, async (delivery) => handle(delivery));
      subscriptions.push(subscription);
      return subscription;
    };

    const takeDeadLetter = async (): Promise<IncomingMessage> => {
      const dead: IncomingMessage[] = [];
      await consume(topology.deadLetterQueue, (delivery) => (dead.push(delivery), ACK), 1);
      const [first] = await eventually(
        () => dead,
        (all) => all.length > 0,
      );
      if (first === undefined) throw new Error('There is no dead letter');
      return first;
    };

    describe('its observer', () => {
      it('is told of what is sent or cannot be, redelivered and parked', async () => {
        const told: string[] = [];
        const observer: BrokerObserver = {
          sent: (exchange, outcome) => told.push(`sent ${exchange} ${outcome}`),
          redelivered: (queue) => told.push(`redelivered ${queue}`),
          parked: (reason) => told.push(`parked ${reason}`),
        };
        broker.observe(observer);
        let deliveries = 0;
        await consume(work, () => {
          deliveries++;
          return deliveries === 1 ? { verdict: 'requeue' } : { verdict: 'dead-letter', reason: 'too.bad' };
        });
        await broker.publish({ exchange: events, routing_key: 'work.do', data: {} });
        await broker.publish({ exchange: events, routing_key: 'nobody.cares', data: {} }).catch(() => undefined);
        await broker
          .request({ exchange: rpc, routing_key: 'ask', data: {} }, { deadline: soon() })
          .catch(() => undefined);
        await takeDeadLetter();
        await eventually(
          () => told,
          (all) => all.includes('parked too.bad'),
        );
        expect(told).toEqual(
          expect.arrayContaining([
            `sent ${events} ok`,
            `sent ${events} unroutable`,
            `sent ${rpc} no_consumer`,
            `redelivered ${work}`,
            'parked too.bad',
          ]),
        );
      });
    });

    describe('publishing', () => {
      it('delivers data and envelope as they were sent', async () => {
        const received: Delivery[] = [];
        await consume(work, (delivery) => (received.push(delivery), ACK));
        const headers = { 'organization-id': 'o-1', schema: 'work.do/1', deadline: 1_790_000_000_000 };
        await broker.publish({
          exchange: events,
          routing_key: 'work.do',
          data: { text: 'Grüße', list: [1, null] },
          message_id: 'id-1',
          correlation_id: 'cor-1',
          headers,
        });
        const [delivery] = await eventually(
          () => received,
          (all) => all.length === 1,
        );
        expect(delivery?.json()).toEqual({ text: 'Grüße', list: [1, null] });
        expect(delivery).toMatchObject({
          exchange: events,
          routing_key: 'work.do',
          type: 'work.do',
          message_id: 'id-1',
          correlation_id: 'cor-1',
          headers,
          redelivered: false,
        });
        expect(delivery?.user_id).toEqual(expect.any(String));
      });

      it('shares nothing with the publisher', async () => {
        const data = { nested: { value: 'as sent' } };
        const received: unknown[] = [];
        await consume(work, (delivery) => (received.push(delivery.json()), ACK));
        const published = broker.publish({ exchange: events, routing_key: 'work.do', data });
        data.nested.value = 'changed afterwards';
        await published;
        expect(
          await eventually(
            () => received,
            (all) => all.length === 1,
          ),
        ).toEqual([{ nested: { value: 'as sent' } }]);
      });

      it('keeps messages for a consumer to come, in order', async () => {
        const numbers = Array.from({ length: 20 }, (_, number) => number);
        for (const number of numbers)
          await broker.publish({ exchange: events, routing_key: 'work.do', data: { number } });
        const received: unknown[] = [];
        await consume(work, (delivery) => (received.push((delivery.json() as { number: number }).number), ACK));
        expect(
          await eventually(
            () => received,
            (all) => all.length === 20,
          ),
        ).toEqual(numbers);
      });

      it('refuses a mandatory message that no queue takes', async () => {
        const lost = broker.publish({ exchange: events, routing_key: 'nobody.listens', data: {} });
        await expect(lost).rejects.toMatchObject({ name: 'PublishError', reason: 'unroutable' });
      });

      it('lets a message without subscribers go where that is allowed', async () => {
        const unheard = broker.publish(
          { exchange: events, routing_key: 'nobody.listens', data: {} },
          { mandatory: false },
        );
        await expect(unheard).resolves.toBeUndefined();
      });

      it('refuses to publish to an exchange that is not there, and goes on with the next message', async () => {
        const lost = broker.publish({ exchange: `${events}.missing`, routing_key: 'work.do', data: {} });
        await expect(lost).rejects.toMatchObject({ name: 'PublishError', reason: 'closed' });
        const received: unknown[] = [];
        await consume(work, (delivery) => (received.push(delivery.json()), ACK));
        await broker.publish({ exchange: events, routing_key: 'work.do', data: { next: true } });
        expect(
          await eventually(
            () => received,
            (all) => all.length === 1,
          ),
        ).toEqual([{ next: true }]);
      });
    });

    describe('consuming', () => {
      it('has at most `prefetch` messages in hand', async () => {
        let running = 0;
        let most = 0;
        let done = 0;
        for (let sent = 0; sent < 6; sent++)
          await broker.publish({ exchange: events, routing_key: 'work.do', data: {} });
        await consume(
          work,
          async () => {
            most = Math.max(most, ++running);
            await delay(20);
            running--;
            done++;
            return ACK;
          },
          2,
        );
        await eventually(
          () => done,
          (count) => count === 6,
        );
        expect(most).toBe(2);
      });

      it('names the queues that are being consumed', async () => {
        const subscription = await consume(work, () => ACK);
        expect(broker.status).toMatchObject({ state: 'up', consuming: [work], missing: [], pendingRequests: 0 });
        await subscription.cancel();
        expect(broker.status.consuming).toEqual([]);
      });

      it('hands a requeued message to the next consumer as redelivered', async () => {
        await broker.publish({ exchange: events, routing_key: 'work.do', data: { is: 'handed over' } });
        let first = 0;
        const draining = await consume(work, () => (first++, { verdict: 'requeue' }), 1);
        await eventually(
          () => first,
          (count) => count > 0,
        );
        await draining.cancel();
        const received: Delivery[] = [];
        await consume(work, (delivery) => (received.push(delivery), ACK));
        const [delivery] = await eventually(
          () => received,
          (all) => all.length === 1,
        );
        expect(delivery?.json()).toEqual({ is: 'handed over' });
        expect(delivery?.redelivered).toBe(true);
      });

      it('retries a failed message through the ladder, then parks it with its reason and attempts', async () => {
        const attempts: unknown[] = [];
        await consume(work, ({ headers, exchange, routing_key, user_id }) => {
          attempts.push([headers.attempt ?? 1, exchange, routing_key, user_id]);
          return { verdict: 'retry', reason: 'request.unavailable' };
        });
        const message = { exchange: events, routing_key: 'work.fails', data: { keep: 'me' }, message_id: 'poison' };
        await broker.publish({ ...message, correlation_id: 'cor-2' });
        const dead = await takeDeadLetter();
        const sender = (attempts[0] as unknown[])[3];
        expect(attempts).toEqual([1, 2, 3].map((attempt) => [attempt, events, 'work.fails', sender]));
        expect(dead.json()).toEqual({ keep: 'me' });
        expect(dead).toMatchObject({ routing_key: 'work.fails', message_id: 'poison', correlation_id: 'cor-2' });
        expect(dead.headers).toMatchObject({
          'error-code': 'request.unavailable',
          attempt: 3,
          'original-exchange': events,
          'original-routing-key': 'work.fails',
          'original-queue': work,
          'failed-at': expect.any(String) as string,
        });
      });

      it('retries a message whose handler throws', async () => {
        let attempts = 0;
        await consume(work, () => {
          if (++attempts === 1) throw new Error('the database is away');
          return ACK;
        });
        await broker.publish({ exchange: events, routing_key: 'work.do', data: {} });
        expect(
          await eventually(
            () => attempts,
            (count) => count === 2,
          ),
        ).toBe(2);
      });

      it('parks a refused message at once, with a body in place of one that held a secret', async () => {
        let deliveries = 0;
        await consume(work, () => {
          deliveries++;
          return { verdict: 'dead-letter', reason: 'credentials.not_sealed', body: { name: 'offsite' } };
        });
        const data = { name: 'offsite', secret_key: 'canary-secret' };
        await broker.publish({ exchange: events, routing_key: 'work.do', data });
        const dead = await takeDeadLetter();
        expect(deliveries).toBe(1);
        expect(dead.json()).toEqual({ name: 'offsite' });
        expect(JSON.stringify(dead)).not.toContain('canary-secret');
        expect(dead.headers).toMatchObject({
          'error-code': 'credentials.not_sealed',
          attempt: 1,
          'body-replaced': true,
        });
      });

      it('keeps the body of a parked message as it came', async () => {
        await consume(work, () => ({ verdict: 'dead-letter', reason: 'request.validation' }));
        await broker.publish({ exchange: events, routing_key: 'work.do', data: 'ÿ' });
        expect((await takeDeadLetter()).body).toEqual(Buffer.from('"ÿ"'));
      });
    });

    describe('draining', () => {
      it('waits for running handlers and starts no others', async () => {
        let started = 0;
        let finish = (): void => undefined;
        const finished = new Promise<void>((resolve) => (finish = resolve));
        const subscription = await consume(work, async () => (started++, await finished, ACK), 1);
        await broker.publish({ exchange: events, routing_key: 'work.do', data: {} });
        await eventually(
          () => started,
          (count) => count === 1,
        );
        await broker.publish({ exchange: events, routing_key: 'work.do', data: { second: true } });
        const cancelled = subscription.cancel();
        finish();
        await cancelled;
        expect(started).toBe(1);
        const left: unknown[] = [];
        await consume(work, (delivery) => (left.push(delivery.json()), ACK));
        expect(
          await eventually(
            () => left,
            (all) => all.length === 1,
          ),
        ).toEqual([{ second: true }]);
      });

      it('aborts handlers that take longer than the drain, and hands their messages on', async () => {
        let reason: unknown;
        const subscription = await consume(work, async ({ signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          reason = signal.reason;
          return { verdict: 'requeue' };
        });
        await broker.publish({ exchange: events, routing_key: 'work.do', data: { long: true } });
        await delay(50);
        await subscription.cancel({ drainMs: 50 });
        expect((reason as Error).name).toBe('AbortError');
        const left: unknown[] = [];
        await consume(work, (delivery) => (left.push(delivery.json()), ACK));
        expect(
          await eventually(
            () => left,
            (all) => all.length === 1,
          ),
        ).toEqual([{ long: true }]);
      });
    });

    describe('requests', () => {
      const ask = (data: unknown, options: Partial<Parameters<Broker['request']>[1]> = {}): Promise<IncomingMessage> =>
        broker.request({ exchange: rpc, routing_key: 'ask', data }, { deadline: soon(), ...options });

      it('are answered, each by its own reply', async () => {
        await consume(requests, async (delivery) => {
          await delivery.reply({ echo: delivery.json() });
          return ACK;
        });
        const replies = await Promise.all([1, 2, 3].map((number) => ask({ number })));
        expect(replies.map((reply) => reply.json())).toEqual([1, 2, 3].map((number) => ({ echo: { number } })));
      });

      it('carry their deadline and a correlation id that the asker may choose', async () => {
        const seen: Delivery[] = [];
        await consume(requests, async (delivery) => {
          seen.push(delivery);
          await delivery.reply({});
          return ACK;
        });
        const deadline = soon();
        const message = { exchange: rpc, routing_key: 'ask', data: {}, correlation_id: 'chosen' };
        const reply = await broker.request(message, { deadline });
        expect(seen[0]?.headers.deadline).toBe(deadline);
        expect(seen[0]?.correlation_id).toBe('chosen');
        expect(reply.correlation_id).toBe('chosen');
      });

      it('tell of progress before the reply', async () => {
        await consume(requests, async (delivery) => {
          await delivery.reply({ step: 1 }, { progress: true });
          await delivery.reply({ step: 2 }, { progress: true });
          await delivery.reply({ done: true });
          return ACK;
        });
        const progress: unknown[] = [];
        const reply = await ask({}, { onProgress: (data) => progress.push(data) });
        expect(progress).toEqual([{ step: 1 }, { step: 2 }]);
        expect(reply.json()).toEqual({ done: true });
      });

      it('fail at once where nobody serves the queue', async () => {
        await expect(ask({})).rejects.toMatchObject({ name: 'RequestError', reason: 'no_consumer' });
      });

      it('fail at once again when the last consumer has gone', async () => {
        const subscription = await consume(requests, async (delivery) => (await delivery.reply({}), ACK));
        await ask({});
        await subscription.cancel();
        await expect(ask({})).rejects.toMatchObject({ reason: 'no_consumer' });
      });

      it('fail at their deadline without a reply', async () => {
        await consume(requests, () => ACK);
        await expect(ask({}, { deadline: Date.now() + 100 })).rejects.toMatchObject({ reason: 'timeout' });
      });

      it('are not sent after their deadline', async () => {
        await expect(ask({}, { deadline: Date.now() - 1 })).rejects.toMatchObject({ reason: 'timeout' });
      });

      it('end when the asker gives up', async () => {
        await consume(requests, () => ACK);
        const giveUp = new AbortController();
        const asked = ask({}, { signal: giveUp.signal });
        giveUp.abort();
        await expect(asked).rejects.toMatchObject({ reason: 'cancelled' });
      });

      it('get no reply at an address that the asker may not name', async () => {
        const received: unknown[] = [];
        await consume(work, async (delivery) => {
          received.push(delivery.json());
          await delivery.reply({ secret: true });
          return ACK;
        });
        const victim = { exchange: events, routing_key: 'work.do', data: { from: 'asker' } };
        await broker.publish({ ...victim, reply_to: work, correlation_id: 'forged' });
        await eventually(
          () => received,
          (all) => all.length === 1,
        );
        await delay(100);
        expect(received).toEqual([{ from: 'asker' }]);
      });
    });

    it('lets every subscriber of an exchange hear what it asked for', async () => {
      const heard: Record<string, unknown[]> = { all: [], some: [] };
      const listen = async (name: string, keys: string[]): Promise<void> => {
        const handle = async (delivery: Delivery): Promise<Verdict> => (heard[name]?.push(delivery.json()), ACK);
        subscriptions.push(await broker.subscribe(events, keys, handle, () => undefined));
      };
      await listen('all', ['#']);
      await listen('some', ['news.*.changed']);
      await broker.publish({ exchange: events, routing_key: 'news.default.changed', data: 1 });
      await broker.publish({ exchange: events, routing_key: 'news.default.other', data: 2 });
      await eventually(
        () => heard['all'],
        (all) => all?.length === 2,
      );
      expect(heard).toEqual({ all: [1, 2], some: [1] });
    });
  });
}
