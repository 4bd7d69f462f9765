import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** By what a key is known again: another key under the same kid is told before it has sealed anything. */
@Entity('key_checks')
export class KeyCheckEntity {
  @PrimaryColumn('text')
  kid!: string;

  /** The first 8 bytes of a keyed hash; says nothing of the key. */
  @Column('bytea', { name: 'check_value' })
  checkValue!: Buffer;

  /** Since when no record needs the key; null while one does, or while it is the active key. */
  @Column('timestamptz', { name: 'unused_since', nullable: true })
  unusedSince!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
