import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '@stowage/entities';
import type { WorkerEnvironment } from './environment.js';
import { ENVIRONMENT } from './environment.module.js';

const POOL_SIZE = 16;
/** As long as a write may take: a crowd waits for its turn at the pool, its deadlines end the waiting. */
const CONNECT_TIMEOUT_MS = 5000;

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [ENVIRONMENT],
      useFactory: (environment: WorkerEnvironment) =>
        dataSourceOptions({
          url: environment.DATABASE_URL,
          as: 'worker',
          applicationName: 'storage-worker',
          poolSize: POOL_SIZE,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
        }),
    }),
  ],
})
export class DatabaseModule {}
