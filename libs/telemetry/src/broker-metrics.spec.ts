import { EXCHANGES, QUEUES } from '@stowage/contracts';
import { type BrokerStatus, type ConnectionStatus, InProcessBroker } from '@stowage/messaging';
import { Registry } from 'prom-client';
import { watchBroker } from './index.js';

describe('what is measured of a broker', () => {
  let broker: InProcessBroker;
  let registry: Registry;

  beforeEach(() => {
    broker = new InProcessBroker();
    registry = new Registry();
    watchBroker(registry, broker);
  });
  afterEach(() => broker.close());

  const soon = (): number => Date.now() + 5_000;
  const publish = (routing_key: string) => broker.publish({ exchange: EXCHANGES.commands, routing_key, data: {} });

  it('counts what is sent, and what cannot be', async () => {
    await publish('storage.test');
    await publish('no.such.key').catch(() => undefined);
    await broker
      .request({ exchange: EXCHANGES.rpc, routing_key: 'storage.default.get', data: {} }, { deadline: soon() })
      .catch(() => undefined);
    const text = await registry.metrics();
    const sent = (destination: string, outcome: string) =>
      `messaging_client_sent_messages_total{destination="${destination}",outcome="${outcome}"} 1`;
    expect(text).toContain(sent(EXCHANGES.commands, 'ok'));
    expect(text).toContain(sent(EXCHANGES.commands, 'unroutable'));
    expect(text).toContain(sent(EXCHANGES.rpc, 'no_consumer'));
  });

  it('counts what comes again and what is parked, and sees the consumer', async () => {
    let deliveries = 0;
    const parked = new Promise<void>((resolve) => broker.observe({ parked: () => resolve() }));
    await broker.consume(QUEUES.commands, { prefetch: 1 }, async () =>
      ++deliveries === 1 ? { verdict: 'requeue' } : { verdict: 'dead-letter', reason: 'request.validation' },
    );
    await publish('storage.test');
    await parked;
    const text = await registry.metrics();
    expect(text).toContain(`amqp_redelivered_total{queue="${QUEUES.commands}"} 1`);
    expect(text).toContain('dlq_parked_total{reason="request.validation"} 1');
    expect(text).toContain(`amqp_consumer_up{queue="${QUEUES.commands}"} 1`);
  });

  it('counts requests that wait for their reply', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      void broker.consume(QUEUES.probe, { prefetch: 1 }, async (request) => {
        const held = new Promise<void>((release) => (answer = release));
        resolve();
        await held;
        await request.reply({});
        return { verdict: 'ack' };
      });
    });
    const ask = { exchange: EXCHANGES.gateway, routing_key: 'storage.test', data: {} };
    const asking = broker.request(ask, { deadline: soon() });
    await asked;
    expect(await registry.metrics()).toContain('rpc_client_pending 1');
    answer();
    await asking;
    expect(await registry.metrics()).toContain('rpc_client_pending 0');
  });

  it('tells how each connection is, and of consumers that are missing', async () => {
    const connection = (role: string, state: BrokerStatus['state'], reconnects: number): ConnectionStatus => ({
      role,
      state,
      since: 0,
      reconnects,
    });
    const connections = [connection('publish', 'blocked', 2), connection('consume', 'connecting', 0)];
    const status: BrokerStatus = { ...broker.status, connections, missing: [QUEUES.rpc] };
    Object.defineProperty(broker, 'status', { value: status });
    await registry.metrics();
    // Twice, as counts that are read off must not add up.
    const text = await registry.metrics();
    for (const line of [
      'amqp_connection_up{role="publish"} 1',
      'amqp_connection_up{role="consume"} 0',
      'amqp_connection_blocked{role="publish"} 1',
      'amqp_connection_blocked{role="consume"} 0',
      'amqp_reconnects_total{role="publish"} 2',
      `amqp_consumer_up{queue="${QUEUES.rpc}"} 0`,
    ]) {
      expect(text).toContain(line);
    }
  });
});
