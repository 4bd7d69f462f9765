import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import { METHODS, startAmqpProxy } from '../../../tools/servers/amqp-proxy.js';
import { AmqpConnection } from './amqp-connection.js';
import { silent } from './broker-logger.js';
import { declareTopology } from './declare-topology.js';
import { describeOnRabbitmq, removeTopology } from './testing/describe-on-rabbitmq.js';
import { eventually } from './testing/eventually.js';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.js';
import { testTopology } from './testing/test-topology.js';

describeOnRabbitmq('A connection to RabbitMQ', (url) => {
  let proxy: TcpProxy;
  beforeEach(async () => void (proxy = await startTcpProxy(url)));
  afterEach(() => proxy.close());

  const open = (setup?: (model: ChannelModel) => Promise<void>) =>
    new AmqpConnection({ url: proxy.url, name: 'test', role: 'publish', setup, logger: silent });

  // An error that nobody listens to would end the process, here the test run.
  it('tries again when it is lost while it is being set up', async () => {
    let attempts = 0;
    const connection = open(async (model) => {
      const channel = await model.createChannel();
      if (++attempts === 1) proxy.cut();
      await channel.checkExchange('amq.topic');
    });
    await connection.ready(AbortSignal.timeout(20_000));
    expect(attempts).toBe(2);
    await connection.close();
  }, 30_000);

  it('tries again when it is lost while a declaration is being finished', async () => {
    let losses = 0;
    const losing = await startAmqpProxy(Number(new URL(url).port || 5672), {
      toServer(frame, lost) {
        if (!frame.is(METHODS.channelClose) || losses > 0) return [frame];
        losses++;
        lost.destroy();
        return [];
      },
    });
    const topology = testTopology();
    const throughProxy = Object.assign(new URL(url), { port: String(losing.port) }).href;
    const setup = (model: ChannelModel) => declareTopology(model, topology, silent);
    const connection = new AmqpConnection({ url: throughProxy, name: 'test', role: 'publish', setup, logger: silent });
    await expect(connection.ready(AbortSignal.timeout(15_000))).resolves.toBeUndefined();
    expect(losses).toBe(1);
    await connection.close();
    await losing.stop();
    await removeTopology(url, topology);
  }, 30_000);

  it('tells since when it is as it is, and how often it came back', async () => {
    const connection = open();
    expect(connection.status).toMatchObject({ role: 'publish', state: 'connecting', reconnects: 0 });
    await connection.ready(AbortSignal.timeout(20_000));
    const first = connection.status;
    expect(first).toMatchObject({ state: 'up', reconnects: 0 });
    proxy.cut();
    await eventually(
      () => connection.status,
      ({ reconnects }) => reconnects === 1,
    );
    expect(connection.status.state).toBe('up');
    expect(connection.status.since).toBeGreaterThan(first.since);
    await connection.close();
  }, 30_000);

  it.each([0, 1, 3, 10, 30])(
    'is gone after it was closed while it was being opened, %i ms after its start',
    async (ms) => {
      const connection = open();
      await delay(ms);
      await connection.close();
      expect(connection.state).toBe('closed');
      proxy.cut();
      await delay(20);
    },
  );
});
