import { Module } from '@nestjs/common';
import { StorageSettingsController } from './storage-settings.controller.js';
import { StorageSettingsService } from './storage-settings.service.js';

@Module({ controllers: [StorageSettingsController], providers: [StorageSettingsService] })
export class StorageSettingsModule {}
