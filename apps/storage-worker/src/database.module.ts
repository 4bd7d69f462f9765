import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '@stowage/entities';
import type { WorkerEnvironment } from './environment.js';
import { ENVIRONMENT } from './environment.module.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [ENVIRONMENT],
      useFactory: (environment: WorkerEnvironment) =>
        dataSourceOptions({ url: environment.DATABASE_URL, applicationName: 'storage-worker' }),
    }),
  ],
})
export class DatabaseModule {}
