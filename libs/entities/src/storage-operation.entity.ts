import {
  type ErrorBody,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  type OperationKind,
  type OperationStatus,
} from '@stowage/contracts';
import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { oneOf } from './one-of.js';

const OPERATION_LANES = ['probe', 'long'] as const;
export type OperationLane = (typeof OPERATION_LANES)[number];
import { TraceColumns } from './trace-columns.js';

/** Inbox, queue, status and progress of asynchronous work in one row; its id is the command's message id. */
@Entity('storage_operations')
@Index('storage_operations_by_caller', ['callerId', 'messageId'], { unique: true })
@Index('storage_operations_waiting', ['lane', 'tenantId', 'notBefore'], { where: "status = 'queued'" })
@Index('storage_operations_expiring', ['deadline'], { where: "status = 'queued' AND deadline IS NOT NULL" })
@Index('storage_operations_running', ['lockedUntil'], { where: "status = 'running'" })
@Index('storage_operations_active', ['storageConfigId', 'kind'], { where: "status = 'running'" })
@Index('storage_operations_coalesced', ['supersededBy'], { where: 'superseded_by IS NOT NULL' })
// One test and one refresh of a config may wait; another of its kind is coalesced with it.
@Index('storage_operations_one_waiting', ['storageConfigId', 'kind', 'tenantId'], {
  unique: true,
  where: "status = 'queued' AND kind IN ('storage.test', 'storage.usage.refresh')",
})
@Index('storage_operations_of_config', ['storageConfigId', 'kind', 'createdAt'])
@Index('storage_operations_listing', ['organizationId', 'createdAt', 'id'])
@Index('storage_operations_ended', ['finishedAt'], { where: 'finished_at IS NOT NULL' })
@Check('storage_operations_kind', oneOf('kind', OPERATION_KINDS))
@Check('storage_operations_status', oneOf('status', OPERATION_STATUSES))
@Check('storage_operations_lane', oneOf('lane', OPERATION_LANES))
export class StorageOperationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  kind!: OperationKind;

  @Column('uuid', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  /** What is claimed fairly: the organization, or the nil UUID for the platform. */
  @Column('uuid', { name: 'tenant_id', default: '00000000-0000-0000-0000-000000000000' })
  tenantId!: string;

  /** Which slots it needs: short probes and long work do not wait for each other. */
  @Column('text', { default: 'probe' })
  lane!: OperationLane;

  @Column('uuid', { name: 'storage_config_id', nullable: true })
  storageConfigId!: string | null;

  @Column('text', { default: 'queued' })
  status!: OperationStatus;

  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy!: string | null;

  /** What the kind needs beside the ids; secrets only sealed. */
  @Column('jsonb', { default: {} })
  payload!: Record<string, unknown>;

  @Column('jsonb', { default: { objects: 0, bytes: 0 } })
  progress!: { objects: number; bytes: number };

  @Column('jsonb', { nullable: true })
  result!: Record<string, unknown> | null;

  @Column('jsonb', { nullable: true })
  error!: ErrorBody | null;

  /** The broker's user, or `gateway`; with messageId the identity of a command. */
  @Column('text', { name: 'caller_id' })
  callerId!: string;

  @Column('uuid', { name: 'message_id' })
  messageId!: string;

  @Column('text', { name: 'correlation_id', nullable: true })
  correlationId!: string | null;

  @Column('text', { name: 'reply_to', nullable: true })
  replyTo!: string | null;

  @Column(() => TraceColumns, { prefix: false })
  trace!: TraceColumns;

  @Column('int', { default: 0 })
  attempt!: number;

  @Column('timestamptz', { name: 'not_before', default: () => 'now()' })
  notBefore!: Date;

  @Column('timestamptz', { nullable: true })
  deadline!: Date | null;

  /** Lease: after this time another worker may take the row over. */
  @Column('timestamptz', { name: 'locked_until', nullable: true })
  lockedUntil!: Date | null;

  /** Grows with each claim; a result that carries an older fence is refused. */
  @Column('int', { default: 0 })
  fence!: number;

  @Column('boolean', { name: 'cancel_requested', default: false })
  cancelRequested!: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
