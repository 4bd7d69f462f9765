import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Metrics } from '../metrics/metrics.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';

/** How often each service was given credentials: one that asks for everybody's at once is perhaps not itself. */
@Injectable()
export class ReleaseMetrics {
  private readonly releases: Counter<'service'>;

  constructor({ registry }: Metrics, services: ServiceRegistry) {
    this.releases = new Counter({
      name: 'storage_releases_total',
      help: 'Storages given to a service together with their credentials',
      labelNames: ['service'],
      registers: [registry],
    });
    // A series that began with its first thousand would show no increase.
    for (const service of services.names) this.releases.inc({ service }, 0);
  }

  released(service: string): void {
    this.releases.inc({ service });
  }
}
