import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { WorkerEnvironment } from './environment.js';

/** Token of the `WorkerEnvironment`. */
export const ENVIRONMENT = Symbol('ENVIRONMENT');

@Global()
@Module({})
export class EnvironmentModule {
  static forRoot(environment: WorkerEnvironment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: ENVIRONMENT, useValue: environment }],
      exports: [ENVIRONMENT],
    };
  }
}
