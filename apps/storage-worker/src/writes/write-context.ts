import type { TraceContext } from '@stowage/contracts';

/** On whose behalf something is written, and until when. */
export interface WriteContext {
  /** `user:<sub>`, `service:<registry name>` or `system`. */
  actor: string;
  /** Address of the client, for the audit. */
  ip: string | null;
  /** Names the stored outcome; null for commands, whose operation is the outcome. */
  requestId: string | null;
  /** Epoch milliseconds after which nothing may be committed; null = none. */
  deadline: number | null;
  /** Fires at the deadline, and when the worker drains. */
  signal: AbortSignal;
  /** Carried by the events: the command's correlation id, else its message id. */
  correlationId: string | null;
  trace: TraceContext;
}
