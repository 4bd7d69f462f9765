import { Module } from '@nestjs/common';
import { StorageProvidersController } from './storage-providers.controller.js';

@Module({ controllers: [StorageProvidersController] })
export class StorageProvidersModule {}
