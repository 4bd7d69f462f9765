import type { ClientBase } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { BackupEntity } from './backup.entity.js';
import { HistoryPointEntity } from './history-point.entity.js';
import { EgressAllowanceEntity } from './egress-allowance.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { KeyCheckEntity } from './key-check.entity.js';
import { KeyHolderEntity } from './key-holder.entity.js';
import { MIGRATIONS } from './migrations/index.js';
import { OutboxEventEntity } from './outbox-event.entity.js';
import { PlatformSettingsEntity } from './platform-settings.entity.js';
import { RequestOutcomeEntity } from './request-outcome.entity.js';
import { StorageConfigEntity } from './storage-config.entity.js';
import { StorageOperationEntity } from './storage-operation.entity.js';
import { type ConnectionKind, introduce } from './tenants.js';
import { TestAttemptEntity } from './test-attempt.entity.js';

export const ENTITIES = [
  StorageConfigEntity,
  StorageOperationEntity,
  OutboxEventEntity,
  BackupEntity,
  RequestOutcomeEntity,
  IdempotencyKeyEntity,
  PlatformSettingsEntity,
  AuditEntryEntity,
  HistoryPointEntity,
  TestAttemptEntity,
  EgressAllowanceEntity,
  KeyCheckEntity,
  KeyHolderEntity,
];

export interface DatabaseOptions {
  url: string;
  /** Which rights it takes, and whose rows it sees. */
  as: ConnectionKind;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Connections of this process. */
  poolSize?: number;
  /** Longest statement, milliseconds. */
  statementTimeoutMs?: number;
  /** Longest wait for a connection, a free one of the pool included, milliseconds. */
  connectTimeoutMs?: number;
}

/** Migrations are listed explicitly: a file that is not in the list does not run. */
export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  return {
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: options.connectTimeoutMs ?? 2000,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    extra: {
      statement_timeout: options.statementTimeoutMs ?? 5000,
      idle_in_transaction_session_timeout: 30_000,
      onConnect: (client: ClientBase) => introduce(client, options.as),
    },
  };
}

export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource(dataSourceOptions(options));
}
