import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { CommandIntake } from './command-intake.js';
import { CreateCommand } from './create.js';
import { TestCommand } from './test.js';
import { UsageRefreshCommand } from './usage-refresh.js';

@Module({
  imports: [OperationsModule, StorageConfigsModule],
  providers: [CommandIntake],
  controllers: [TestCommand, UsageRefreshCommand, CreateCommand],
})
export class CommandsModule {}
