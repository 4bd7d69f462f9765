import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  NotContains,
} from 'class-validator';
import { Describe, Holds } from '../describe.js';
import { MeasuredUsage, StorageDescription } from '../storage-config.dto.js';
import { TestSummary } from '../test-result.dto.js';
import { IsLine, MayBeNull, MayBeOmitted, OrNull } from '../validators.js';
import { BACKUP_STATES, type BackupState, HEALTH_STATUSES, type HealthStatus } from '../vocabulary.js';
import type { BackupEventName, EventName } from './names.js';

/** What every event of the worker carries. */
export class StorageEvent {
  @Describe("The organization that it concerns; null for the platform's own.", '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @OrNull()
  @IsUUID()
  organization_id!: string | null;

  @Describe('The storage that it concerns; null where there is none.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @OrNull()
  @IsUUID()
  storage_config_id!: string | null;

  @Describe('Counts the events of one storage; absent where there is none.', 7)
  @MayBeOmitted()
  @IsInt()
  sequence?: number;
}

export class StorageChanged extends StorageEvent {
  @Describe('As it is now.')
  @Holds(() => StorageDescription)
  storage!: StorageDescription;

  @Describe('Names of the fields that were changed.', ['name', 'is_default'])
  @IsArray()
  @IsString({ each: true })
  changed!: string[];
}

export class StorageDeleted extends StorageEvent {}

export class DefaultChanged extends StorageEvent {
  @Describe('The default before.', null)
  @OrNull()
  @IsUUID()
  previous_id!: string | null;
}

export class StorageTested extends StorageEvent {
  @Describe('What it came to.')
  @Holds(() => TestSummary)
  result!: TestSummary;
}

export class HealthChanged extends StorageEvent {
  @Describe('What it was.', 'healthy')
  @IsIn(HEALTH_STATUSES)
  from!: HealthStatus;

  @Describe('What it is.', 'failing')
  @IsIn(HEALTH_STATUSES)
  to!: HealthStatus;

  @Describe('The diagnosis; null when all is well.', 'container.not_found')
  @OrNull()
  @IsString()
  code!: string | null;

  @Describe('In one sentence.', 'Connection failed: The bucket does not exist')
  @OrNull()
  @IsString()
  message!: string | null;
}

export class UsageRefreshed extends StorageEvent {
  @Describe('What was counted on the storage itself.')
  @Holds(() => MeasuredUsage)
  measured!: MeasuredUsage;

  @Describe('Bytes of all backups recorded.', 5_368_709_120)
  @IsInt()
  total_size_bytes!: number;

  @Describe('Number of backups recorded.', 42)
  @IsInt()
  object_count!: number;
}

export class Refusal {
  @Describe('Stable code to act on.', 'request.validation')
  @IsString()
  code!: string;

  @Describe('For a person.', 'storage_config_id must be a UUID')
  @IsString()
  detail!: string;
}

export class CommandFailure extends StorageEvent {
  @Describe("The command's message id; null where it had none that is a UUID.", '5f2b9f0a-6d5e-4c8e-9f57-0a5b3c1d2e4f')
  @OrNull()
  @IsUUID()
  command_id!: string | null;

  @Describe('Its routing key.', 'storage.test')
  @IsString()
  key!: string;

  @Describe('Why.')
  @Holds(() => Refusal)
  error!: Refusal;
}

export class RotationDue extends StorageEvent {
  @Describe('Whole days since the credentials were given.', 90)
  @IsInt()
  age_days!: number;
}

export class SettingsChanged extends StorageEvent {
  @Describe('Names of the settings that were changed; `egress_allowances` are the private networks.', [
    'enabled_providers',
  ])
  @IsArray()
  @IsString({ each: true })
  changed!: string[];
}

/** Told to the organization of the backup, and once more to the platform (organization_id null) when it holds the storage. */
export class BackupRecorded extends StorageEvent {
  @Describe('The backup.', '0d9c8b7a-6f5e-4d3c-8b2a-190817263544')
  @IsUUID()
  backup_id!: string;

  @Describe('What the ledger knows of it now.', 'completed')
  @IsIn(BACKUP_STATES)
  state!: BackupState;
}

export class BackupNotRecorded extends StorageEvent {
  @Describe('The backup.', '0d9c8b7a-6f5e-4d3c-8b2a-190817263544')
  @IsUUID()
  backup_id!: string;

  @Describe('Why.', 'The storage is gone.')
  @IsString()
  reason!: string;
}

export const EVENT_CLASSES = {
  'storage.created': StorageChanged,
  'storage.updated': StorageChanged,
  'storage.deleted': StorageDeleted,
  'storage.default.changed': DefaultChanged,
  'storage.tested': StorageTested,
  'storage.health.changed': HealthChanged,
  'storage.usage.refreshed': UsageRefreshed,
  'storage.create.failed': CommandFailure,
  'storage.command.rejected': CommandFailure,
  'storage.command.expired': CommandFailure,
  'storage.credentials.rotation_due': RotationDue,
  'storage.settings.changed': SettingsChanged,
  'storage.backup.recorded': BackupRecorded,
  'storage.backup.orphaned': BackupNotRecorded,
  'storage.backup.refused': BackupNotRecorded,
} as const satisfies Record<EventName, new () => StorageEvent>;

/** Beside what every event has. */
export type EventData = {
  [N in EventName]: Omit<InstanceType<(typeof EVENT_CLASSES)[N]>, keyof StorageEvent>;
};

/** What all `backup.*` events carry. */
export class BackupEvent {
  @Describe('The organization that the backup is of.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d')
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;

  @Describe('The backup.', '0d9c8b7a-6f5e-4d3c-8b2a-190817263544')
  @IsUUID('all', { message: 'backup_id must be a UUID' })
  backup_id!: string;

  @Describe('The storage that holds it.', 'a1b2c3d4-e5f6-4890-abcd-ef1234567890')
  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id!: string;

  @Describe('The environment that was backed up.', null)
  @MayBeNull()
  @IsUUID('all', { message: 'environment_id must be a UUID or null' })
  environment_id!: string | null;

  @Describe('Counts all events of one backup_id, from 1.', 2)
  @IsInt({ message: 'sequence must be a whole number' })
  @Min(1, { message: 'sequence counts from 1' })
  @Max(2_147_483_647, { message: 'sequence is too large' })
  sequence!: number;
}

export class BackupStarted extends BackupEvent {
  @Describe('RFC 3339.', '2026-01-11T08:00:00.000Z')
  @IsISO8601({ strict: true }, { message: 'started_at must be an RFC 3339 time' })
  started_at!: string;
}

export class BackupCompleted extends BackupEvent {
  @Describe('Bytes of all its objects.', 5_368_709_120)
  @IsInt({ message: 'size_bytes must be a whole number' })
  @Min(0, { message: 'size_bytes must not be negative' })
  @Max(Number.MAX_SAFE_INTEGER, { message: 'size_bytes is too large' })
  size_bytes!: number;

  @Describe("Keys, relative to the storage's path_prefix.", [
    'shop/2026-01-11/dump.zst',
    'shop/2026-01-11/manifest.json',
  ])
  @IsArray({ message: 'objects must be a list of keys' })
  @ArrayMaxSize(10_000, { message: 'objects must hold at most 10000 keys' })
  @IsString({ each: true, message: 'objects must be a list of keys' })
  @MaxLength(1024, { each: true, message: 'a key must have at most 1024 characters' })
  @NotContains('\u0000', { each: true, message: 'a key must not contain a NUL character' })
  objects!: string[];

  @Describe('RFC 3339.', '2026-01-11T08:05:00.000Z')
  @IsISO8601({ strict: true }, { message: 'completed_at must be an RFC 3339 time' })
  completed_at!: string;
}

export class BackupFailed extends BackupEvent {
  @Describe('RFC 3339.', '2026-01-11T08:05:00.000Z')
  @IsISO8601({ strict: true }, { message: 'failed_at must be an RFC 3339 time' })
  failed_at!: string;

  @Describe('For a person.', 'The disk of the database server is full.')
  @IsLine(1000)
  reason!: string;
}

export class BackupDeleted extends BackupEvent {
  @Describe('RFC 3339.', '2026-02-11T08:05:00.000Z')
  @IsISO8601({ strict: true }, { message: 'deleted_at must be an RFC 3339 time' })
  deleted_at!: string;
}

export const BACKUP_EVENT_CLASSES = {
  'backup.started': BackupStarted,
  'backup.completed': BackupCompleted,
  'backup.failed': BackupFailed,
  'backup.deleted': BackupDeleted,
} as const satisfies Record<BackupEventName, new () => BackupEvent>;
