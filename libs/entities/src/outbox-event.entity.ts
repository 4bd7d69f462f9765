import type { EventName } from '@stowage/contracts';
import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { TraceColumns } from './trace-columns.js';

/** An event that was decided in a transaction and is published after it. Kept 24 h for `Last-Event-ID`. */
@Entity('outbox')
@Index('outbox_unsent', ['id'], { where: 'sent_at IS NULL' })
@Index('outbox_by_organization', ['organizationId', 'transactionId', 'id'])
@Index('outbox_in_order', ['transactionId', 'id'])
export class OutboxEventEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  /** The transaction that decided it: ids are drawn before the commit, so they alone do not tell what is still to come. */
  @Column('bigint', { name: 'transaction_id', default: () => 'pg_current_xact_id()::text::bigint' })
  transactionId!: string;

  @Column('uuid', { name: 'message_id' })
  messageId!: string;

  @Column('text', { name: 'event' })
  event!: EventName;

  @Column('uuid', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @Column('uuid', { name: 'storage_config_id', nullable: true })
  storageConfigId!: string | null;

  @Column('text', { name: 'correlation_id', nullable: true })
  correlationId!: string | null;

  @Column(() => TraceColumns, { prefix: false })
  trace!: TraceColumns;

  @Column('jsonb')
  data!: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'sent_at', nullable: true })
  sentAt!: Date | null;
}
