import { EXCHANGES, QUEUES, StowageError, traceContextOf } from '@stowage/contracts';
import { type Broker, type Delivery, InProcessBroker } from '@stowage/messaging';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../../../tools/servers/otlp-receiver.js';
import { inSpan, spanOfWork, startTracing, stepRecorder } from './index.js';

const FOREIGN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const CANARY = 'canary-secret-9b1f';

describe('tracing', () => {
  it('is off without an endpoint: the broker is the very same, and work just runs', async () => {
    const tracing = await startTracing({ service: 'test', endpoint: null });
    const broker = new InProcessBroker();
    expect(tracing.broker(broker)).toBe(broker);
    await expect(inSpan('work', {}, async () => 7)).resolves.toBe(7);
    stepRecorder()('step', 1, {});
    await tracing.stop();
  });

  it('lets work go on when the collector takes nothing, and says so once', async () => {
    const refusing = await startOtlpReceiver(400);
    const warnings: string[] = [];
    const logger = { warn: (message: string) => warnings.push(message) };
    const tracing = await startTracing({ service: 'test', endpoint: refusing.url, logger });
    await inSpan('work', {}, async () => undefined);
    await inSpan('work', {}, async () => undefined);
    await tracing.stop();
    await refusing.stop();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Traces are lost, going on without: /);
  });

  describe('with a collector', () => {
    let collector: OtlpReceiver;

    beforeAll(async () => {
      collector = await startOtlpReceiver();
    });
    afterAll(() => collector.stop());

    /** Runs the work while tracing is on and returns the spans of it. */
    async function traced(work: (broker: Broker) => Promise<unknown>): Promise<ReceivedSpan[]> {
      collector.spans.length = 0;
      const tracing = await startTracing({ service: 'test', endpoint: collector.url });
      const broker = tracing.broker(new InProcessBroker());
      try {
        await work(broker);
      } finally {
        await broker.close();
        await tracing.stop();
      }
      return collector.spans;
    }

    it('carries a foreign trace and its state through a send, the handler and what the handler sends', async () => {
      const heard: Delivery[] = [];
      const headers = { traceparent: FOREIGN, tracestate: 'vendor=a' };
      const spans = await traced(async (broker) => {
        await broker.subscribe(EXCHANGES.events, ['storage.tested'], keep(heard), () => undefined);
        await broker.consume(QUEUES.commands, { prefetch: 1 }, async (command) => {
          await broker.publish({ exchange: EXCHANGES.events, routing_key: 'storage.tested', data: { key: CANARY } });
          expect(traceContextOf(command.headers).traceparent).not.toBe(FOREIGN);
          return { verdict: 'ack' };
        });
        await broker.publish({ exchange: EXCHANGES.commands, routing_key: 'storage.test', data: {}, headers });
        await until(() => heard.length === 1);
      });
      expect(spans.map(({ traceId }) => traceId)).toEqual(spans.map(() => FOREIGN.split('-')[1]));
      const chain = [
        'send storage.commands:storage.test',
        'process storage.commands:storage.test',
        'send storage.events:storage.tested',
        'process storage.events:storage.tested',
      ].map((name) => spans.find((span) => span.name === name)!);
      expect(chain.map(({ kind }) => kind)).toEqual([4, 5, 4, 5]);
      expect(chain[0]!.parentSpanId).toBe(FOREIGN.split('-')[2]);
      expect(chain.slice(1).map(({ parentSpanId }) => parentSpanId)).toEqual(
        chain.slice(0, -1).map(({ spanId }) => spanId),
      );
      expect(chain[1]!.attributes).toMatchObject({
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'storage.commands:storage.test:storage-worker.commands',
        'messaging.rabbitmq.destination.routing_key': 'storage.test',
      });
      expect(heard[0]!.headers.tracestate).toBe('vendor=a');
      expect(collector.raw()).not.toContain(CANARY);
    });

    it('spans a request and its handling as client and server, and marks one that nobody serves', async () => {
      const ask = { exchange: EXCHANGES.gateway, routing_key: 'storage.test', data: {} };
      const spans = await traced(async (broker) => {
        await broker.request(ask, { deadline: Date.now() + 5_000 }).catch(() => undefined);
        await broker.consume(QUEUES.probe, { prefetch: 1 }, async (request) => {
          await request.reply({});
          return { verdict: 'ack' };
        });
        await broker.request(ask, { deadline: Date.now() + 5_000 });
      });
      expect(spans.map(({ name, kind, status, attributes }) => [name, kind, status.code, attributes['error.type']]))
        // prettier-ignore
        .toEqual(
          expect.arrayContaining([
            ['send storage.gateway:storage.test', 3, 2, 'no_consumer'],
            ['send storage.gateway:storage.test', 3, 0, undefined],
            ['process storage.gateway:storage.test', 2, 0, undefined],
          ]),
        );
    });

    it('names why a message was put aside, and never the words of an error', async () => {
      const spans = await traced(async (broker) => {
        await broker.consume(QUEUES.commands, { prefetch: 1 }, async () => ({
          verdict: 'dead-letter',
          reason: 'request.validation',
        }));
        await broker.publish({ exchange: EXCHANGES.commands, routing_key: 'storage.test', data: {} });
        await inSpan('work', {}, async () => {
          throw new StowageError('request.internal', CANARY);
        }).catch(() => undefined);
      });
      const errorOf = (name: string) => spans.find((span) => span.name === name)?.attributes['error.type'];
      expect(errorOf('process storage.commands:storage.test')).toBe('request.validation');
      expect(errorOf('work')).toBe('request.internal');
      expect(collector.raw()).not.toContain(CANARY);
    });

    it('runs stored work in the trace that asked for it, linked to it, its steps below it', async () => {
      const stored = { kind: 'storage.test', id: 'id-1', trace: { traceparent: FOREIGN, tracestate: null } };
      const spans = await traced(() =>
        inSpan(...spanOfWork(stored), async () => stepRecorder()('connect', 5, { status: 'ok' })),
      );
      const run = spans.find(({ name }) => name === 'process storage.test')!;
      const [, traceId, spanId] = FOREIGN.split('-');
      expect(run).toMatchObject({ traceId, parentSpanId: spanId, links: [{ traceId, spanId }] });
      expect(spans.find(({ name }) => name === 'connect')).toMatchObject({ parentSpanId: run.spanId });
    });
  });
});

const keep = (heard: Delivery[]) => async (delivery: Delivery) => {
  heard.push(delivery);
  return { verdict: 'ack' } as const;
};

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds();) {
    if (Date.now() > end) throw new Error('It did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
