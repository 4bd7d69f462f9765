import { Module } from '@nestjs/common';
import { ProbePoolModule } from '../probe-pool/probe-pool.module.js';
import { StorageSettingsModule } from '../storage-settings/storage-settings.module.js';
import { ConnectionTest } from './connection-test.js';
import { ConfigCreation } from './create-config.js';
import { ConfigDeletion } from './delete-config.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { OrphanRule } from './orphan-rule.js';
import { StorageAccess } from './storage-access.js';
import { TargetDiscovery } from './target-discovery.js';
import { ConfigUpdate } from './update-config.js';

@Module({
  imports: [ProbePoolModule, StorageSettingsModule],
  providers: [
    ConfigCreation,
    ConfigUpdate,
    ConfigDeletion,
    ConnectionTest,
    IdempotencyKeys,
    OrphanRule,
    StorageAccess,
    TargetDiscovery,
  ],
  exports: [ConfigCreation, ConfigUpdate, ConfigDeletion, ConnectionTest, StorageAccess],
})
export class StorageConfigsModule {}
