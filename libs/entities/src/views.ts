import {
  type AllowedNetwork,
  type AuditEntry,
  type Backup,
  BACKUP_STATUSES,
  type BackupState,
  type BackupStatus,
  type CredentialsSummary,
  type Operation,
  type StorageConfig,
  type StorageHealth,
} from '@stowage/contracts';
import type { AuditEntryEntity } from './audit-entry.entity.js';
import type { BackupEntity } from './backup.entity.js';
import type { EgressAllowanceEntity } from './egress-allowance.entity.js';
import type { StorageConfigEntity } from './storage-config.entity.js';
import type { StorageOperationEntity } from './storage-operation.entity.js';

const DAY_MS = 86_400_000;
/** rest.md, StorageConfig: credentials older than this are due for rotation. */
const ROTATION_AFTER_DAYS = 90;

/** A config as REST and events show it. No secret can be in it: the row is read without its credentials. */
export function toStorageConfig(config: StorageConfigEntity, now = new Date()): StorageConfig {
  return {
    id: config.id,
    organization_id: config.organizationId,
    name: config.name,
    provider: config.provider,
    bucket: config.bucket,
    region: config.region,
    endpoint_url: config.endpointUrl,
    path_prefix: config.pathPrefix,
    storage_class: config.storageClass,
    is_default: config.isDefault,
    is_active: config.isActive,
    total_size_bytes: config.totalSizeBytes,
    object_count: config.objectCount,
    last_used_at: toTime(config.lastUsedAt),
    created_at: config.createdAt.toISOString(),
    updated_at: config.updatedAt.toISOString(),
    version: config.version,
    account_id: config.accountId,
    jurisdiction: config.jurisdiction,
    checksum_mode: config.checksumMode,
    host: config.host,
    port: config.port,
    tls: config.tls,
    host_key_sha256: config.hostKeySha256,
    ca_certificate: config.caCertificate,
    credentials: toCredentialsSummary(config, now),
    health: toHealth(config),
    measured: config.measured,
  };
}

function toCredentialsSummary(config: StorageConfigEntity, now: Date): CredentialsSummary {
  const ageDays = Math.max(0, Math.floor((now.getTime() - config.credentialsUpdatedAt.getTime()) / DAY_MS));
  return {
    access_key_hint: config.accessKeyHint,
    updated_at: config.credentialsUpdatedAt.toISOString(),
    age_days: ageDays,
    rotation_due: ageDays >= ROTATION_AFTER_DAYS,
  };
}

function toHealth(config: StorageConfigEntity): StorageHealth {
  return {
    status: config.healthStatus,
    code: config.healthCode,
    message: config.healthMessage,
    hint: config.healthHint,
    latency_ms: config.latencyMs,
    checked_at: toTime(config.checkedAt),
    failing_since: toTime(config.failingSince),
  };
}

/** An operation as REST and replies show it; its payload stays inside. */
export function toOperation(operation: StorageOperationEntity): Operation {
  return {
    id: operation.id,
    kind: operation.kind,
    organization_id: operation.organizationId,
    storage_config_id: operation.storageConfigId,
    status: operation.status,
    superseded_by: operation.supersededBy,
    progress: operation.progress,
    result: operation.result,
    error: operation.error,
    attempt: operation.attempt,
    created_at: operation.createdAt.toISOString(),
    started_at: toTime(operation.startedAt),
    finished_at: toTime(operation.finishedAt),
  };
}

/** A recorded backup. @throws Error for a failed or deleted one: those are never shown, so asking is a mistake. */
export function toBackup(backup: BackupEntity): Backup {
  if (!isShown(backup.state)) throw new Error(`A backup that is ${backup.state} has no view`);
  return {
    id: backup.id,
    organization_id: backup.organizationId,
    storage_config_id: backup.storageConfigId,
    environment_id: backup.environmentId,
    size_bytes: backup.sizeBytes,
    objects: backup.objects,
    status: backup.state,
    completed_at: toTime(backup.completedAt),
  };
}

/** An audit entry; its place in the chain stays inside. */
export function toAuditEntry(entry: AuditEntryEntity): AuditEntry {
  return {
    id: entry.id,
    organization_id: entry.organizationId,
    storage_config_id: entry.storageConfigId,
    actor: entry.actor,
    action: entry.action,
    outcome: entry.outcome,
    ip: entry.ip,
    detail: entry.detail,
    created_at: entry.createdAt.toISOString(),
  };
}

export function toAllowedNetwork(row: EgressAllowanceEntity): AllowedNetwork {
  const { cidr, ports, providers, organizationIds, note } = row;
  return { cidr, ports, providers, organization_ids: organizationIds, note };
}

function isShown(state: BackupState): state is BackupStatus {
  return (BACKUP_STATUSES as readonly string[]).includes(state);
}

function toTime(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
