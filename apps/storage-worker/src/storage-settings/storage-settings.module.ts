import { Module } from '@nestjs/common';
import { StorageSettingsService } from './storage-settings.service.js';

@Module({ providers: [StorageSettingsService], exports: [StorageSettingsService] })
export class StorageSettingsModule {}
