import { Module } from '@nestjs/common';
import { StorageConfigsController } from './storage-configs.controller.js';
import { StorageConfigsService } from './storage-configs.service.js';
import { StorageTestsService } from './storage-tests.service.js';

@Module({
  controllers: [StorageConfigsController],
  providers: [StorageConfigsService, StorageTestsService],
  exports: [StorageConfigsService, StorageTestsService],
})
export class StorageConfigsModule {}
