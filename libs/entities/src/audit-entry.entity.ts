import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Who did what to which storage. Append-only. Names of changed fields, never their values. */
@Entity('storage_audit')
@Index('storage_audit_by_organization', ['organizationId', 'id'])
export class AuditEntryEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: string;

  @Column('uuid', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @Column('uuid', { name: 'storage_config_id', nullable: true })
  storageConfigId!: string | null;

  /** `user:<sub>`, `service:<registry name>` or `system`. */
  @Column('text')
  actor!: string;

  @Column('text')
  action!: string;

  @Column('text')
  outcome!: string;

  @Column('text', { nullable: true })
  ip!: string | null;

  @Column('jsonb', { default: {} })
  detail!: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
