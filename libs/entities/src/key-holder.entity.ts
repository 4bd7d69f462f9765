import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A running worker and the keys that it holds, written every few seconds: a rotation waits for them all. */
@Entity('key_holders')
export class KeyHolderEntity {
  /** Of the process. */
  @PrimaryColumn('uuid')
  id!: string;

  /** Host name and process id, for a person to find it. */
  @Column('text')
  host!: string;

  @Column('text')
  active!: string;

  @Column('text', { array: true })
  kids!: string[];

  @Column('timestamptz', { name: 'seen_at', default: () => 'now()' })
  seenAt!: Date;
}
