import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { GatewayEnvironment } from './environment.js';

/** Token of the `GatewayEnvironment`. */
export const ENVIRONMENT = Symbol('ENVIRONMENT');

@Global()
@Module({})
export class EnvironmentModule {
  static forRoot(environment: GatewayEnvironment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: ENVIRONMENT, useValue: environment }],
      exports: [ENVIRONMENT],
    };
  }
}
