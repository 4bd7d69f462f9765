import { IsIn, IsInt, IsISO8601, IsString, IsUUID } from 'class-validator';
import { Describe } from './describe.js';
import { OrNull } from './validators.js';
import { BACKUP_STATUSES, type BackupStatus } from './vocabulary.js';

/** A backup recorded on a storage, as the backup service reported it. */
export class Backup {
  @Describe('The backup.', '7c9e6679-7425-40de-944b-e07fc1f90ae7')
  @IsUUID()
  id!: string;

  @Describe('The organization whose backup it is.')
  @IsUUID()
  organization_id!: string;

  @Describe('The storage that holds it.')
  @IsUUID()
  storage_config_id!: string;

  @Describe('The environment that was backed up.')
  @OrNull()
  @IsUUID()
  environment_id!: string | null;

  @Describe('Bytes of all its objects.', 127_824_281)
  @IsInt()
  size_bytes!: number;

  @Describe("Keys of its objects, relative to the storage's path_prefix.", ['env/2026-01-11/database.sql'])
  @IsString({ each: true })
  objects!: string[];

  @Describe('Whether it is still being written.', 'completed')
  @IsIn(BACKUP_STATUSES)
  status!: BackupStatus;

  @Describe('RFC 3339, UTC; null while it runs.', '2026-01-11T08:00:00.000Z')
  @OrNull()
  @IsISO8601()
  completed_at!: string | null;
}
