import { Global, Module } from '@nestjs/common';
import type { EgressPolicy } from '@stowage/providers';
import { EGRESS_POLICY } from '../egress/egress-policy.js';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { Prober } from './prober.js';
import { ProbeThreads } from './probe-threads.js';

@Global()
@Module({
  providers: [
    {
      provide: Prober,
      inject: [ENVIRONMENT, EGRESS_POLICY],
      useFactory: (environment: WorkerEnvironment, policy: EgressPolicy) => new ProbeThreads(environment, policy),
    },
  ],
  exports: [Prober],
})
export class ProbePoolModule {}
