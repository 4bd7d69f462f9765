import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { connectStowage } from '../connect.js';
import { StowageClient, type StowageClientOptions } from '../stowage-client.js';

export type StorageClientModuleOptions = StowageClientOptions & { amqpUrl: string };

/** Provides one connected `StowageClient` to a NestJS service and closes it with the application. */
@Module({})
export class StorageClientModule implements OnApplicationShutdown {
  constructor(@Inject(StowageClient) private readonly client: StowageClient) {}

  static forRoot(options: StorageClientModuleOptions): DynamicModule {
    return StorageClientModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: {
    inject?: (string | symbol | (new (...parameters: never[]) => unknown))[];
    useFactory: (...dependencies: never[]) => StorageClientModuleOptions | Promise<StorageClientModuleOptions>;
  }): DynamicModule {
    return {
      module: StorageClientModule,
      global: true,
      providers: [
        {
          provide: StowageClient,
          inject: options.inject ?? [],
          useFactory: async (...dependencies: never[]) => connectStowage(await options.useFactory(...dependencies)),
        },
      ],
      exports: [StowageClient],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
