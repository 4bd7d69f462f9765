import { Module } from '@nestjs/common';
import { StorageAuditController } from './storage-audit.controller.js';
import { StorageAuditService } from './storage-audit.service.js';

@Module({ controllers: [StorageAuditController], providers: [StorageAuditService] })
export class StorageAuditModule {}
