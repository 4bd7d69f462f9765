import { randomUUID } from 'node:crypto';
import amqp, { type ChannelModel, type ConsumeMessage } from 'amqplib';
import { EXCHANGES, type StorageConfig, type TestResult } from '@stowage/contracts';
import { describeOnServers, type SandboxS3, startSandboxS3 } from '../tools/servers/index.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../tools/servers/otlp-receiver.js';
import { startSystem, type System } from '../tools/system/index.js';
import { eventually } from './eventually.js';
import { RestClient } from './rest-client.js';

const CANARY = 'canary-secret-that-no-span-may-hold-4f1c';

describeOnServers(['rabbitmq'], 'traces of the whole system', () => {
  const organization = randomUUID();
  let collector: OtlpReceiver;
  let s3: SandboxS3;
  let system: System;
  let rest: RestClient;
  let body: Record<string, unknown>;

  beforeAll(async () => {
    collector = await startOtlpReceiver();
    s3 = await startSandboxS3();
    system = await startSystem({
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' },
    });
    rest = new RestClient(system.api, await system.token({ [organization]: 'all' }));
    body = { provider: 'minio', bucket: s3.bucket, endpoint_url: s3.endpoint, ...s3.users.full };
  }, 120_000);

  afterAll(async () => {
    await system?.stop();
    await s3?.stop();
    await collector?.stop();
  }, 60_000);

  const spansOf = (traceparent: string): ReceivedSpan[] =>
    collector.spans.filter(({ traceId }) => traceId === traceparent.split('-')[1]);

  /** From the outermost to the innermost, each the parent of the next. */
  const chainTo = (spans: ReceivedSpan[], name: string): string[] => {
    const chain: string[] = [];
    let span = spans.find((each) => each.name === name);
    while (span) {
      chain.unshift(`${span.service}: ${span.name}`);
      const { parentSpanId } = span;
      span = spans.find(({ spanId }) => spanId === parentSpanId);
    }
    return chain;
  };

  it('follow a test from the REST request through the broker to each step of the probe', async () => {
    const traceparent = newTraceparent();
    const path = `/storage-configs/test-connection?organization_id=${organization}`;
    const { body: result } = await rest.send<TestResult>('POST', path, { ...body, name: 'n' }, { traceparent });
    expect(result.success).toBe(true);
    await eventually(async () => {
      const spans = spansOf(traceparent);
      expect(chainTo(spans, 'storage test: write')).toEqual([
        'gateway: POST /api/v1/backups/storage-configs/test-connection',
        'gateway: send storage.gateway:storage.test',
        'storage-worker: process storage.gateway:storage.test',
        'storage-worker: storage test',
        'storage-worker: storage test: write',
      ]);
      const [request] = spans.filter(({ parentSpanId }) => parentSpanId === traceparent.split('-')[2]);
      expect(request).toMatchObject({
        kind: 2,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/api/v1/backups/storage-configs/test-connection',
        },
      });
    });
  });

  it('follow a command of a foreign client through table and outbox into the headers of what is told', async () => {
    const { body: config } = await rest.send<StorageConfig>(
      'POST',
      `/storage-configs?organization_id=${organization}`,
      { ...body, name: 'Stored' },
    );
    const traceparent = newTraceparent();
    const headers = { traceparent, tracestate: 'vendor=foreign' };
    const told = await tellOf('storage.tested', (send) =>
      send('storage.test', { organization_id: organization, storage_config_id: config.id }, headers),
    );
    const { traceparent: carried, tracestate } = told.properties.headers as Record<string, string>;
    expect(carried!.split('-')[1]).toBe(traceparent.split('-')[1]);
    expect(tracestate).toBe('vendor=foreign');
    await eventually(async () => {
      const spans = spansOf(traceparent);
      expect(chainTo(spans, 'send storage.events:storage.tested')).toEqual([
        'storage-worker: process storage.commands:storage.test',
        'storage-worker: process storage.test',
        'storage-worker: send storage.events:storage.tested',
      ]);
      const ingest = spans.find(({ name }) => name === 'process storage.commands:storage.test')!;
      const run = spans.find(({ name }) => name === 'process storage.test')!;
      expect(ingest.parentSpanId).toBe(traceparent.split('-')[2]);
      expect(run.links).toEqual([expect.objectContaining({ spanId: ingest.spanId })]);
      const published = spans.find(({ name }) => name === 'send storage.events:storage.tested')!;
      expect(carried!.split('-')[2]).toBe(published.spanId);
      expect(chainTo(spans, 'storage test: write')).toContain('storage-worker: process storage.test');
    });
  });

  it('hold no secret and no word of a server, where a test fails too', async () => {
    const traceparent = newTraceparent();
    const path = `/storage-configs/test-connection?organization_id=${organization}`;
    const wrong = { ...body, name: 'n', secret_key: CANARY };
    const { body: result } = await rest.send<TestResult>('POST', path, wrong, { traceparent });
    expect(result.success).toBe(false);
    await eventually(async () => {
      const test = spansOf(traceparent).find(({ name }) => name === 'storage test');
      expect(test?.attributes['error.type']).toBe(result.code);
    });
    const exported = collector.raw();
    const { access_key, secret_key } = s3.users.full;
    for (const secret of [CANARY, access_key, secret_key, system.secrets.jwtSecret, result.message, result.hint!]) {
      expect(exported).not.toContain(secret);
    }
  });

  it('leave a command that carries no trace, or nonsense, as welcome as any', async () => {
    const { body: config } = await rest.send<StorageConfig>(
      'POST',
      `/storage-configs?organization_id=${organization}`,
      { ...body, name: 'Nonsense' },
    );
    const headers = { traceparent: '\u0000'.repeat(3), tracestate: 'x'.repeat(10_000) };
    const told = await tellOf('storage.tested', (send) =>
      send('storage.test', { organization_id: organization, storage_config_id: config.id }, headers),
    );
    expect((told.properties.headers as Record<string, string>)['traceparent']).toMatch(/^00-[\da-f]{32}-/);
  });

  type Send = (key: string, data: { organization_id: string; storage_config_id: string }, trace: object) => void;

  /** The first event by this name after a command was sent, as bare amqplib gives it. */
  async function tellOf(event: string, act: (send: Send) => void): Promise<ConsumeMessage> {
    const connection: ChannelModel = await amqp.connect(system.serviceAmqpUrl);
    try {
      const channel = await connection.createChannel();
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.bindQueue(queue, EXCHANGES.events, event);
      return await new Promise<ConsumeMessage>((resolve, reject) => {
        setTimeout(() => reject(new Error(`${event} was not told`)), 20_000).unref();
        void channel
          .consume(queue, (message) => message && resolve(message), { noAck: true })
          .then(() =>
            act((key, data, trace) =>
              channel.publish(EXCHANGES.commands, key, Buffer.from(JSON.stringify(data)), {
                messageId: randomUUID(),
                userId: 'backup',
                persistent: true,
                headers: { schema: `${key}/1`, 'organization-id': data.organization_id, ...trace },
              }),
            ),
          );
      });
    } finally {
      await connection.close();
    }
  }
});

function newTraceparent(): string {
  const hex = randomUUID().replaceAll('-', '');
  return `00-${hex}-${hex.slice(0, 16)}-01`;
}
