import { Module } from '@nestjs/common';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { PlatformStorageController } from './platform-storage.controller.js';

@Module({ imports: [StorageConfigsModule], controllers: [PlatformStorageController] })
export class PlatformStorageModule {}
