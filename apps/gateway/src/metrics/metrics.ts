import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type GatewayMethod, StowageError } from '@stowage/contracts';
import type { Broker } from '@stowage/messaging';
import { watchBroker } from '@stowage/telemetry';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { BROKER } from '../broker.module.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** Prometheus metrics of one gateway; a registry of its own, so that several applications fit in one process. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  private readonly registry = new Registry();

  private readonly httpRequests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'HTTP requests by route template',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  private readonly workerRequests = new Histogram({
    name: 'rpc_client_duration_seconds',
    help: 'Requests to the storage worker by method and outcome: ok, or the code of the error',
    labelNames: ['method', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor(@Inject(BROKER) broker: Broker) {
    collectDefaultMetrics({ register: this.registry });
    watchBroker(this.registry, broker);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  render(): Promise<string> {
    return this.registry.metrics();
  }

  /** @param route the template, e.g. `/storage-configs/:id`: ids would make a series each */
  countHttpRequest(method: string, route: string, status: number, seconds: number): void {
    this.httpRequests.observe({ method, route, status }, seconds);
  }

  async timeWorkerRequest<T>(method: GatewayMethod, send: () => Promise<T>): Promise<T> {
    const stop = this.workerRequests.startTimer({ method });
    try {
      const result = await send();
      stop({ outcome: 'ok' });
      return result;
    } catch (error) {
      stop({ outcome: error instanceof StowageError ? error.code : 'timeout' });
      throw error;
    }
  }

  watchEventStreams(count: () => number): void {
    void new Gauge({
      name: 'storage_event_streams',
      help: 'Listeners to events at this gateway',
      registers: [this.registry],
      collect() {
        this.set(count());
      },
    });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
