import type { Route } from '@stowage/messaging/nest';
import { Registry } from 'prom-client';
import { MessageMetrics } from './message-metrics.js';
import type { Metrics } from './metrics.js';

const route = (kind: Route['kind'], routingKey: string): Route => ({ kind, routingKey, queue: '', exchange: '' });

describe('what is measured of messages', () => {
  it('times requests by method and commands by key, each by outcome, and counts what expired', async () => {
    const registry = new Registry();
    const metrics = new MessageMetrics({ registry } as Metrics);
    metrics.handled(route('service-request', 'storage.default.get'), 'ok', 0.002);
    metrics.handled(route('gateway-request', 'storage.create'), 'config.name_taken', 0.2);
    metrics.handled(route('event', 'storage.test'), 'ok', 0.2);
    metrics.expired(route('service-request', 'storage.default.get'));
    const text = await registry.metrics();
    for (const line of [
      'rpc_server_duration_seconds_bucket{le="0.001",method="storage.default.get",outcome="ok"} 0',
      'rpc_server_duration_seconds_bucket{le="0.005",method="storage.default.get",outcome="ok"} 1',
      'rpc_server_duration_seconds_count{method="storage.create",outcome="config.name_taken"} 1',
      'messaging_process_duration_seconds_count{key="storage.test",outcome="ok"} 1',
      'rpc_server_expired_total{method="storage.default.get"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });
});
