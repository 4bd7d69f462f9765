import { Module } from '@nestjs/common';
import { StorageAuditController } from './storage-audit.controller.js';

@Module({ controllers: [StorageAuditController] })
export class StorageAuditModule {}
