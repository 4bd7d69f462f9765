import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { UsageRefresh } from './usage-refresh.js';

@Module({ imports: [OperationsModule, StorageConfigsModule], providers: [UsageRefresh] })
export class UsageModule {}
