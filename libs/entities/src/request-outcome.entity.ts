import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { GatewayReply } from '@stowage/contracts';

/** What a gateway request came to: a gateway that waited in vain reads it here. Kept for a day. */
@Entity('request_outcomes')
@Index('request_outcomes_by_age', ['createdAt'])
export class RequestOutcomeEntity {
  @PrimaryColumn('uuid', { name: 'request_id' })
  requestId!: string;

  /** Of the request; null = the platform's. */
  @Column('uuid', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @Column('jsonb')
  reply!: GatewayReply<unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
