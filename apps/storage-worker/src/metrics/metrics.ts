import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Broker } from '@stowage/messaging';
import { watchBroker } from '@stowage/telemetry';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { BROKER } from '../broker.module.js';

/** Prometheus metrics of one worker; a registry of its own, so that several applications fit in one process. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();

  constructor(@Inject(BROKER) broker: Broker) {
    collectDefaultMetrics({ register: this.registry });
    watchBroker(this.registry, broker);
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
