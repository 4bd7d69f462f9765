/**
 * A message without its broker: what stands in AMQP properties and headers beside the JSON body. Header names have no
 * `x-`, so that AMQP 1.0 clients see them.
 */
export interface Envelope {
  /** UUID; identity of a command together with `user_id`. */
  message_id: string | null;
  /** Routing key. */
  type: string;
  /** Seconds since the epoch. */
  timestamp: number | null;
  app_id: string | null;
  /** Checked by the broker. */
  user_id: string | null;
  correlation_id: string | null;
  reply_to: string | null;
  headers: EnvelopeHeaders;
}

export interface EnvelopeHeaders {
  /** e.g. `storage.create/1`; a higher major is refused. */
  schema?: string;
  'organization-id'?: string;
  /** Epoch milliseconds. */
  deadline?: number;
  'idempotency-key'?: string;
  /** From 1. */
  attempt?: number;
  /** When an event was decided, epoch milliseconds; `timestamp` has seconds only. */
  'decided-at'?: number;
  traceparent?: string;
  tracestate?: string;
  [other: string]: unknown;
}

/** `storage.create` -> `storage.create/1`: the only major so far. */
export function schemaOf(type: string): string {
  return `${type}/1`;
}
