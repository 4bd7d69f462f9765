import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { StorageConfigsModule } from '../storage-configs/storage-configs.module.js';
import { StorageSettingsModule } from '../storage-settings/storage-settings.module.js';
import { BackupDelete } from './backup-delete.js';
import { EgressReplaceAllowances } from './egress-replace-allowances.js';
import { DefaultStorageCache } from './default-storage-cache.js';
import { OperationCancel } from './operation-cancel.js';
import { ReleasableStorage } from './releasable-storage.js';
import { ReleaseMetrics } from './release-metrics.js';
import { SealedCredentials } from './sealed-credentials.js';
import { ScanReport } from './scan-report.js';
import { ServiceCaller } from './service-caller.js';
import { ServiceReplies } from './service-replies.js';
import { SettingsUpdate } from './settings-update.js';
import { StorageConfigGet } from './storage-config-get.js';
import { StorageCreate } from './storage-create.js';
import { StorageDefaultGet } from './storage-default-get.js';
import { StorageDelete } from './storage-delete.js';
import { StorageRelease } from './storage-release.js';
import { StorageTest } from './storage-test.js';
import { StorageUpdate } from './storage-update.js';
import { StorageUsageRefresh } from './storage-usage-refresh.js';

@Module({
  imports: [MetricsModule, OperationsModule, StorageConfigsModule, StorageSettingsModule],
  controllers: [
    StorageDefaultGet,
    StorageConfigGet,
    StorageCreate,
    StorageUpdate,
    StorageDelete,
    StorageTest,
    StorageUsageRefresh,
    SettingsUpdate,
    OperationCancel,
    BackupDelete,
    ScanReport,
    EgressReplaceAllowances,
  ],
  providers: [
    DefaultStorageCache,
    ReleasableStorage,
    ReleaseMetrics,
    SealedCredentials,
    ServiceCaller,
    ServiceReplies,
    StorageRelease,
  ],
})
export class RpcModule {}
