import { HEALTH_STATUSES, type HealthStatus, HISTORY_KINDS, type HistoryKind } from '@stowage/contracts';
import { Check, Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from './bigint.js';
import { oneOf } from './one-of.js';
import { StorageConfigEntity } from './storage-config.entity.js';

/** What a usage refresh measured or a test found, at one time; the columns of the other kind are null. */
@Entity('storage_history')
@Check('storage_history_kind', oneOf('kind', HISTORY_KINDS))
@Check('storage_history_health_status', oneOf('health_status', HEALTH_STATUSES))
export class HistoryPointEntity {
  @ForeignKey(() => StorageConfigEntity, { name: 'storage_history_config', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'storage_config_id' })
  storageConfigId!: string;

  @PrimaryColumn('text')
  kind!: HistoryKind;

  @CreateDateColumn({ name: 'recorded_at', type: 'timestamptz', primary: true })
  recordedAt!: Date;

  @Column('bigint', { name: 'measured_size_bytes', nullable: true, transformer: bigintAsNumber })
  measuredSizeBytes!: number | null;

  @Column('bigint', { name: 'measured_object_count', nullable: true, transformer: bigintAsNumber })
  measuredObjectCount!: number | null;

  @Column('bigint', { name: 'total_size_bytes', nullable: true, transformer: bigintAsNumber })
  totalSizeBytes!: number | null;

  @Column('int', { name: 'object_count', nullable: true })
  objectCount!: number | null;

  @Column('text', { name: 'health_status', nullable: true })
  healthStatus!: HealthStatus | null;

  @Column('text', { name: 'health_code', nullable: true })
  healthCode!: string | null;

  @Column('int', { name: 'latency_ms', nullable: true })
  latencyMs!: number | null;
}
