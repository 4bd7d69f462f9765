import { TestGateway } from '../../apps/gateway/src/testing/test-gateway.js';
import { TestWorker } from '../../apps/storage-worker/src/testing/test-worker.js';
import { describeOnDatabase } from '../servers/describe-on-database.js';
import { metricsIn, readAlerts, readDashboardExpressions } from './expressions.js';

/** Prometheus's own, and those of RabbitMQ 3.10.8 with rabbitmq_prometheus, read off a node. */
const OF_OTHERS = [
  'up',
  'rabbitmq_alarms_memory_used_watermark',
  'rabbitmq_alarms_free_disk_space_watermark',
  'rabbitmq_detailed_queue_consumers',
  'rabbitmq_detailed_queue_messages',
  'rabbitmq_detailed_queue_messages_ready',
  'rabbitmq_detailed_queue_messages_unacked',
];

/** What operators of other systems of this kind know by these names. */
const PROMISED = {
  gateway: ['http_server_request_duration_seconds', 'rpc_client_pending', 'messaging_client_sent_messages_total'],
  worker: [
    'storage_commands_total',
    'storage_command_duration_seconds',
    'storage_command_attempts',
    'storage_command_queue_age_seconds',
    'storage_command_start_delay_seconds',
    'storage_lane_count',
    'storage_tests_total',
    'outbox_pending',
    'outbox_oldest_age_seconds',
    'outbox_publish_total',
    'rpc_server_duration_seconds',
    'rpc_server_expired_total',
    'rpc_client_pending',
    'amqp_connection_up',
    'amqp_connection_blocked',
    'amqp_consumer_up',
    'amqp_reconnects_total',
    'amqp_redelivered_total',
    'cache_default_storage_hits_total',
    'cache_default_storage_misses_total',
    'cache_default_storage_invalidation_lag_seconds',
    'storage_releases_total',
    'dlq_parked_total',
    'messaging_process_duration_seconds',
    'messaging_client_sent_messages_total',
  ],
};

describeOnDatabase('metrics', (database) => {
  let gateway: TestGateway;
  let worker: TestWorker;
  let scraped: { gateway: Set<string>; worker: Set<string> };

  beforeAll(async () => {
    worker = await TestWorker.start(database.url);
    gateway = await TestGateway.start(database.url);
    await worker.app.listen(0, '127.0.0.1');
    scraped = { gateway: await namesAt(gateway.url), worker: await namesAt(await worker.app.getUrl()) };
  }, 60_000);
  afterAll(async () => {
    await gateway?.stop();
    await worker?.stop();
  });

  it.each(['gateway', 'worker'] as const)('of the %s have the names that were promised', (process) => {
    expect(PROMISED[process].filter((name) => !scraped[process].has(name))).toEqual([]);
  });

  it('that an alert or a panel reads are there', () => {
    const expressions = [...readAlerts().map(({ expression }) => expression), ...readDashboardExpressions()];
    const known = new Set([...OF_OTHERS, ...scraped.gateway, ...scraped.worker]);
    const exists = (name: string): boolean => known.has(name) || known.has(name.replace(/_(bucket|count|sum)$/, ''));
    expect(expressions.flatMap(metricsIn).filter((name) => !exists(name))).toEqual([]);
  });
});

/** Of series that have no value yet there is the description. */
async function namesAt(url: string): Promise<Set<string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
}
