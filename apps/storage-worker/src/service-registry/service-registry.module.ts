import { Global, Module } from '@nestjs/common';
import type { WorkerEnvironment } from '../environment.js';
import { ENVIRONMENT } from '../environment.module.js';
import { loadServiceRegistry } from './load-service-registry.js';
import { ServiceRegistry } from './service-registry.js';

@Global()
@Module({
  providers: [
    {
      provide: ServiceRegistry,
      inject: [ENVIRONMENT],
      useFactory: (environment: WorkerEnvironment) => loadServiceRegistry(environment.SERVICES_FILE),
    },
  ],
  exports: [ServiceRegistry],
})
export class ServiceRegistryModule {}
