import { METHODS, startAmqpProxy, type Frame } from '../../../tools/servers/amqp-proxy.js';
import { AmqpBroker } from './amqp-broker.js';
import { describeOnRabbitmq, removeTopology } from './testing/describe-on-rabbitmq.js';
import { eventually } from './testing/eventually.js';
import { testTopology } from './testing/test-topology.js';

describeOnRabbitmq('a channel that the broker closes', (url) => {
  it('takes no other with it, although the broker goes on delivering on it', async () => {
    const topology = testTopology();
    const { work, events } = topology.names;
    const delivery: Frame[] = [];
    let breaches = 1;
    const proxy = await startAmqpProxy(Number(new URL(url).port || 5672), {
      toServer(frame, { role }) {
        if (role !== 'consume' || !frame.is(METHODS.ack) || breaches === 0) return [frame];
        breaches--;
        return [frame, frame];
      },
      toClient(frame, { role }) {
        if (role !== 'consume') return [frame];
        if (frame.is(METHODS.channelClose)) return [frame, ...delivery];
        if (frame.is(METHODS.deliver)) delivery.length = 0;
        if (frame.is(METHODS.deliver) || (delivery.length > 0 && frame.isContent)) delivery.push(frame);
        return [frame];
      },
    });
    const throughProxy = Object.assign(new URL(url), { port: String(proxy.port) }).href;
    const broker = new AmqpBroker({ url: throughProxy, name: 'test', topology });
    try {
      const received: unknown[] = [];
      await broker.consume(work, { prefetch: 10 }, async (message) => {
        received.push(message.json());
        return { verdict: 'ack' };
      });
      for (const data of ['before', 'after']) {
        await broker.publish({ exchange: events, routing_key: 'work.do', data });
        await eventually(
          () => received,
          (all) => all.includes(data),
        );
      }
      expect(breaches).toBe(0);
      expect(broker.status.connections.map(({ reconnects }) => reconnects)).toEqual([0, 0, 0]);
    } finally {
      await broker.close();
      await proxy.stop();
      await removeTopology(url, topology);
    }
  }, 30_000);
});
