import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { ProbePoolModule } from '../probe-pool/probe-pool.module.js';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { HealthLoop } from './health-loop.js';
import { StorageTest } from './storage-test.js';

@Module({
  imports: [OperationsModule, ProbePoolModule, StorageConfigsModule],
  providers: [HealthLoop, StorageTest],
})
export class HealthModule {}
