import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { BackupEvents } from './backup-events.js';
import { BackupDeletion } from './delete-backup.js';
import { BackupLedger } from './ledger.js';

@Module({
  imports: [OperationsModule, StorageConfigsModule],
  providers: [BackupLedger, BackupDeletion],
  controllers: [BackupEvents],
})
export class BackupsModule {}
