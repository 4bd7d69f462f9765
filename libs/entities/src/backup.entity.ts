import { BACKUP_STATES, type BackupState } from '@stowage/contracts';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from './bigint.js';
import { oneOf } from './one-of.js';

/** One line of the ledger: what the backup service reported of one backup, whatever the order of its events. */
@Entity('backups')
@Index('backups_by_config', ['storageConfigId', 'state'])
@Index('backups_to_forget', ['reportedAt'], { where: "state <> 'completed'" })
@Index('backups_listing', ['organizationId', 'reportedAt', 'id'])
@Check('backups_state', oneOf('state', BACKUP_STATES))
export class BackupEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId!: string;

  // No foreign key: a backup of a config that is gone is kept and raised as orphaned, never dropped.
  @Column('uuid', { name: 'storage_config_id' })
  storageConfigId!: string;

  @Column('uuid', { name: 'environment_id', nullable: true })
  environmentId!: string | null;

  /** `deleted` is a tombstone, kept for 30 days so that a late event cannot bring the backup back. */
  @Column('text')
  state!: BackupState;

  @Column('bigint', { name: 'size_bytes', default: 0, transformer: bigintAsNumber })
  sizeBytes!: number;

  @Column('text', { array: true, default: '{}' })
  objects!: string[];

  /** The highest sequence seen: the line is what that event said, so older ones change nothing. */
  @Column('int')
  sequence!: number;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('timestamptz', { name: 'reported_at', default: () => 'now()' })
  reportedAt!: Date;
}
