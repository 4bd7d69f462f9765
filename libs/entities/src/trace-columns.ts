import type { TraceContext } from '@stowage/contracts';
import { Column } from 'typeorm';

/** The trace that a row belongs to, so that it goes on when the row's turn comes. */
export class TraceColumns implements TraceContext {
  @Column('text', { nullable: true })
  traceparent!: string | null;

  @Column('text', { nullable: true })
  tracestate!: string | null;
}
