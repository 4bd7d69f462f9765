import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Who did what to which storage. Append-only. Names of changed fields, never their values. */
@Entity('storage_audit')
@Index('storage_audit_by_organization', ['organizationId', 'createdAt', 'id'])
@Index('storage_audit_chain', ['tenantId', 'position'], { unique: true })
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

  /** Whose chain it is in: the organization, or the nil UUID for the platform. */
  @Column('uuid', { name: 'tenant_id', default: '00000000-0000-0000-0000-000000000000' })
  tenantId!: string;

  /** In the chain, from 1; null for an entry that is older than the chains. */
  @Column('bigint', { nullable: true })
  position!: string | null;

  /** Keyed hash over the one before it and this entry. */
  @Column('bytea', { nullable: true })
  mac!: Buffer | null;

  @Column('text', { name: 'mac_kid', nullable: true })
  macKid!: string | null;
}
