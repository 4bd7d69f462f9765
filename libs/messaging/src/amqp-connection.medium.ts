import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import { AmqpConnection } from './amqp-connection.js';
import { silent } from './broker-logger.js';
import { describeOnRabbitmq } from './testing/describe-on-rabbitmq.js';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.js';

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
