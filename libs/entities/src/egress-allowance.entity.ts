import type { Provider } from '@stowage/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A private network that storage may live in, as the platform administrator entered it. */
@Entity('egress_allowances')
export class EgressAllowanceEntity {
  /** In the list as it was entered, from 0. */
  @PrimaryColumn('int')
  position!: number;

  @Column('text')
  cidr!: string;

  @Column('int', { array: true })
  ports!: number[];

  @Column('text', { array: true })
  providers!: Provider[];

  /** null: every organization, and the platform. */
  @Column('uuid', { name: 'organization_ids', array: true, nullable: true })
  organizationIds!: string[] | null;

  @Column('text', { nullable: true })
  note!: string | null;
}
