import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Broker } from '@stowage/messaging';

/** Token of the `Broker`: RabbitMQ in production, in-process in tests and in a start on nothing but Node. */
export const BROKER = Symbol('BROKER');

@Global()
@Module({})
export class BrokerModule {
  static forRoot(broker: Broker): DynamicModule {
    return {
      module: BrokerModule,
      providers: [{ provide: BROKER, useValue: broker }],
      exports: [BROKER],
    };
  }
}
