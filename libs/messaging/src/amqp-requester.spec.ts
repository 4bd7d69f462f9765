import { AmqpBroker } from './amqp-broker.js';

describe('a request without a broker', () => {
  it('is given up well within a second, however long its deadline', async () => {
    const broker = new AmqpBroker({ url: 'amqp://guest:guest@127.0.0.1:1', name: 'test' });
    try {
      const request = { exchange: 'storage.gateway', routing_key: 'storage.create', data: {} };
      const tooLate = new Promise((resolve) => setTimeout(() => resolve('too late'), 1000).unref());
      const outcome = broker.request(request, { deadline: Date.now() + 60_000 }).catch((error: unknown) => error);
      expect(await Promise.race([outcome, tooLate])).toMatchObject({ name: 'RequestError', reason: 'unreachable' });
    } finally {
      await broker.close();
    }
  });
});
