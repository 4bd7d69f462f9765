import { Module } from '@nestjs/common';
import { StorageKeysController } from './storage-keys.controller.js';

@Module({ controllers: [StorageKeysController] })
export class StorageKeysModule {}
