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
      useFactory: ({ SERVICES_FILE, NODE_ENV }: WorkerEnvironment) =>
        loadServiceRegistry(SERVICES_FILE, { believeClaims: NODE_ENV !== 'production' }),
    },
  ],
  exports: [ServiceRegistry],
})
export class ServiceRegistryModule {}
