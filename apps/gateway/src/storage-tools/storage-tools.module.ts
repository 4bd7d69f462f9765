import { Module } from '@nestjs/common';
import { StorageToolsController } from './storage-tools.controller.js';
import { StorageToolsService } from './storage-tools.service.js';

@Module({ controllers: [StorageToolsController], providers: [StorageToolsService] })
export class StorageToolsModule {}
