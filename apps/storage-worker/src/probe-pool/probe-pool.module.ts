import { Global, Module } from '@nestjs/common';
import type { EgressPolicy } from '@stowage/providers';
import { EGRESS_POLICY } from '../egress/egress-policy.js';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ProbeMetrics } from './probe-metrics.js';
import { Prober } from './prober.js';
import { ProbeThreads } from './probe-threads.js';

@Global()
@Module({
  imports: [MetricsModule],
  providers: [
    ProbeMetrics,
    {
      provide: Prober,
      inject: [ENVIRONMENT, EGRESS_POLICY, ProbeMetrics],
      useFactory: (environment: WorkerEnvironment, policy: EgressPolicy, metrics: ProbeMetrics) =>
        new ProbeThreads(environment, policy, metrics),
    },
  ],
  exports: [Prober, ProbeMetrics],
})
export class ProbePoolModule {}
