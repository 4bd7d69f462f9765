import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsISO8601,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  NotContains,
} from 'class-validator';
import type { ErrorBody } from '../errors.js';
import type { MeasuredUsage, StorageConfig } from '../storage-config.dto.js';
import type { TestResult } from '../test-result.dto.js';
import { IsLine, MayBeNull } from '../validators.js';
import type { HealthStatus } from '../vocabulary.js';

/** Beside these, every event has `organization_id`, `storage_config_id` and, where there is a config, a per-config `sequence`. */
export interface EventSubject {
  organization_id: string | null;
  storage_config_id: string | null;
  sequence?: number;
}

export interface EventData {
  'storage.created': { storage: Omit<StorageConfig, 'credentials'>; changed: string[] };
  'storage.updated': { storage: Omit<StorageConfig, 'credentials'>; changed: string[] };
  'storage.deleted': object;
  'storage.default.changed': { previous_id: string | null };
  'storage.tested': { result: Omit<TestResult, 'evidence'> };
  'storage.health.changed': { from: HealthStatus; to: HealthStatus; code: string | null; message: string | null };
  'storage.usage.refreshed': { measured: MeasuredUsage; total_size_bytes: number; object_count: number };
  'storage.create.failed': CommandFailure;
  'storage.command.rejected': CommandFailure;
  'storage.command.expired': CommandFailure;
  'storage.credentials.rotation_due': { age_days: number };
  'storage.backup.orphaned': { backup_id: string; reason: string };
  'storage.backup.refused': { backup_id: string; reason: string };
}

export interface CommandFailure {
  /** The command's message id. */
  command_id: string | null;
  /** Its routing key. */
  key: string;
  error: Pick<ErrorBody, 'code' | 'detail'>;
}

/** What all `backup.*` events carry. */
export class BackupEvent {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @IsUUID('all', { message: 'backup_id must be a UUID' })
  backup_id!: string;

  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;

  @MayBeNull()
  @IsUUID('all', { message: 'environment_id must be a UUID or null' })
  environment_id!: string | null;

  /** Counts all events of one backup_id, from 1. */
  @IsInt({ message: 'sequence must be a whole number' })
  @Min(1, { message: 'sequence counts from 1' })
  @Max(2_147_483_647, { message: 'sequence is too large' })
  sequence!: number;
}

export class BackupStarted extends BackupEvent {
  @IsISO8601({ strict: true }, { message: 'started_at must be an RFC 3339 time' })
  started_at!: string;
}

export class BackupCompleted extends BackupEvent {
  @IsInt({ message: 'size_bytes must be a whole number' })
  @Min(0, { message: 'size_bytes must not be negative' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'size_bytes is too large' })
  size_bytes!: number;

  /** Keys relative to the storage's path_prefix. */
  @IsArray({ message: 'objects must be a list of keys' })
  @ArrayMaxSize(10_000, { message: 'objects must hold at most 10000 keys' })
  @IsString({ each: true, message: 'objects must be a list of keys' })
  @MaxLength(1024, { each: true, message: 'a key must have at most 1024 characters' })
  @NotContains('\u0000', { each: true, message: 'a key must not contain a NUL character' })
  objects!: string[];

  @IsISO8601({ strict: true }, { message: 'completed_at must be an RFC 3339 time' })
  completed_at!: string;
}

export class BackupFailed extends BackupEvent {
  @IsISO8601({ strict: true }, { message: 'failed_at must be an RFC 3339 time' })
  failed_at!: string;

  @IsLine(1000)
  reason!: string;
}

export class BackupDeleted extends BackupEvent {
  @IsISO8601({ strict: true }, { message: 'deleted_at must be an RFC 3339 time' })
  deleted_at!: string;
}
