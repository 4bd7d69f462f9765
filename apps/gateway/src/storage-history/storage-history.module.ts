import { Module } from '@nestjs/common';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { StorageHistoryController } from './storage-history.controller.js';
import { StorageHistoryService } from './storage-history.service.js';

@Module({
  imports: [StorageConfigsModule],
  controllers: [StorageHistoryController],
  providers: [StorageHistoryService],
})
export class StorageHistoryModule {}
