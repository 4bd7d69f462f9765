import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A storage test that a gateway let begin: what the rates count, shared by all gateways. The one table that gateways
 * write. Kept for an hour.
 */
@Entity('test_attempts')
@Index('test_attempts_by_user', ['userId', 'startedAt'])
@Index('test_attempts_by_organization', ['tenantId', 'startedAt'])
@Index('test_attempts_by_host', ['host', 'startedAt'])
@Index('test_attempts_by_age', ['startedAt'])
export class TestAttemptEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** `sub` of the token. */
  @Column('text', { name: 'user_id' })
  userId!: string;

  /** The organization; the nil UUID for the platform. */
  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  /** Where the test leads, for providers whose address the user names; null for the vendors'. */
  @Column('text', { nullable: true })
  host!: string | null;

  @Column('int', { nullable: true })
  port!: number | null;

  /** By the database's clock when it is written: a transaction may have waited for its turn. */
  @Column('timestamptz', { name: 'started_at', default: () => 'clock_timestamp()' })
  startedAt!: Date;

  /** It counts as running until then, and no longer, so that a gateway that died gives the place back. */
  @Column('timestamptz', { name: 'leased_until' })
  leasedUntil!: Date;
}
