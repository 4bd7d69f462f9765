import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A create happens once per organization and key, for ever; one table for REST and the broker. */
@Entity('idempotency_keys')
export class IdempotencyKeyEntity {
  /** The platform's own configs use the nil UUID. */
  @PrimaryColumn('uuid', { name: 'organization_id' })
  organizationId!: string;

  @PrimaryColumn('text')
  key!: string;

  /** HMAC of the body: it holds secrets, so a plain hash would not do. */
  @Column('bytea', { name: 'body_hmac' })
  bodyHmac!: Buffer;

  /** The key of the HMAC; null = the keyring's oldest, from before it was kept. */
  @Column('text', { name: 'body_hmac_kid', nullable: true })
  bodyHmacKid!: string | null;

  @Column('uuid', { name: 'storage_config_id' })
  storageConfigId!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
