import { randomUUID } from 'node:crypto';
import type { EventData, EventName, TraceContext } from '@stowage/contracts';
import type { EntityManager } from 'typeorm';

export interface EventToRecord<N extends EventName> {
  event: N;
  /** Given where the same may be decided twice; else a fresh one. */
  messageId?: string;
  organizationId: string | null;
  storageConfigId: string | null;
  data: EventData[N];
  /** The command's correlation id, else its message id. */
  correlationId?: string | null;
  trace?: TraceContext;
}

/**
 * Decides an event inside the caller's transaction; the relay publishes it after the commit. An event about a config
 * that exists takes the next of that config's sequence, so record `storage.deleted` before the row goes.
 *
 * The insert reads from the update, so it draws its id only once the config is locked: the order of ids is that of
 * sequences, however many workers write at once.
 */
export async function recordEvent<N extends EventName>(manager: EntityManager, event: EventToRecord<N>): Promise<void> {
  const subject = { organization_id: event.organizationId, storage_config_id: event.storageConfigId };
  await manager.query(
    `WITH config AS (
       UPDATE storage_configs SET event_sequence = event_sequence + 1 WHERE id = $4 RETURNING event_sequence
     )
     INSERT INTO outbox (message_id, event, organization_id, storage_config_id, correlation_id, traceparent, tracestate, data)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8::jsonb || jsonb_strip_nulls(jsonb_build_object('sequence', sequence))
       FROM (SELECT max(event_sequence) AS sequence FROM config) AS numbered`,
    [
      event.messageId ?? randomUUID(),
      event.event,
      event.organizationId,
      event.storageConfigId,
      event.correlationId ?? null,
      event.trace?.traceparent ?? null,
      event.trace?.tracestate ?? null,
      JSON.stringify({ ...subject, ...event.data }),
    ],
  );
}
