import type { Attempt } from './command-load.js';
import type { RecordedEvent } from './event-recorder.js';

/** An operation as the database has it. */
export interface OperationRow {
  id: string;
  message_id: string;
  kind: string;
  status: string;
  superseded_by: string | null;
}

/** An outbox row. */
export interface OutboxRow {
  message_id: string;
  event: string;
  correlation_id: string | null;
}

export interface StorageRow {
  id: string;
  name: string;
}

export interface Evidence {
  attempts: Attempt[];
  operations: OperationRow[];
  outbox: OutboxRow[];
  storages: StorageRow[];
  /** Storages made in preparation, not by a counted command. */
  known: ReadonlySet<string>;
  /** message_ids. */
  deadLetters: ReadonlySet<string>;
  /** As the queue held them. */
  heard: RecordedEvent[];
}

/** As in Jepsen's queue tests. Lost, double and phantom hold a sentence each, and must be empty. */
export interface Tally {
  attempted: number;
  confirmed: number;
  effects: number;
  deadLettered: number;
  lost: string[];
  double: string[];
  phantom: string[];
}

/** The events that tell the outcome of a command; each command has one of them, once. */
const OUTCOMES = new Set([
  'storage.created',
  'storage.tested',
  'storage.usage.refreshed',
  'storage.create.failed',
  'storage.command.expired',
  'storage.command.rejected',
]);
const ENDED = new Set(['succeeded', 'failed', 'expired', 'cancelled']);

export function audit(evidence: Evidence): Tally {
  const { attempts, operations, deadLetters } = evidence;
  const byMessage = new Map(operations.map((row) => [row.message_id, row]));
  const byId = new Map(operations.map((row) => [row.id, row]));
  const outcomes = groupBy(
    // What could not even name its command tells nothing of any.
    evidence.outbox.filter(({ event, correlation_id }) => OUTCOMES.has(event) && correlation_id !== null),
    ({ correlation_id }) => correlation_id ?? '',
  );
  const settled = ({ id }: Attempt): boolean => isSettled(byMessage.get(id), byId, outcomes);
  const arrived = new Set(attempts.filter((attempt) => settled(attempt) || deadLetters.has(attempt.id)));
  return {
    attempted: attempts.length,
    confirmed: attempts.filter(({ confirmedAt }) => confirmedAt !== null).length,
    effects: attempts.filter(settled).length,
    deadLettered: attempts.filter(({ id }) => deadLetters.has(id)).length,
    lost: [
      ...attempts
        .filter((attempt) => attempt.confirmedAt !== null && !arrived.has(attempt))
        .map(
          ({ id, name }) => `${name} ${id}: confirmed, and ${byMessage.get(id)?.status ?? 'unknown to the database'}`,
        ),
      ...lostEvents(evidence),
    ],
    double: [...doubleOutcomes(outcomes), ...doubleStorages(evidence), ...swappedEvents(evidence.heard)],
    phantom: phantoms(evidence),
  };
}

function isSettled(
  row: OperationRow | undefined,
  byId: Map<string, OperationRow>,
  outcomes: Map<string, OutboxRow[]>,
): boolean {
  if (row === undefined) return false;
  if (row.status === 'superseded') return isSettled(byId.get(row.superseded_by ?? ''), byId, outcomes);
  if (!ENDED.has(row.status)) return false;
  // A test or refresh that could not be made, and what was cancelled, end without an event.
  const silent = row.status === 'cancelled' || (row.status === 'failed' && row.kind !== 'storage.create');
  return silent || outcomes.has(row.message_id);
}

function lostEvents({ outbox, heard }: Evidence): string[] {
  const ids = new Set(heard.map(({ id }) => id));
  return outbox
    .filter(({ message_id }) => !ids.has(message_id))
    .map(({ event, message_id }) => `event ${event} ${message_id}: in the outbox, never published`);
}

/** Under one message id an event may stand twice: its hearers know it again. */
function doubleOutcomes(outcomes: Map<string, OutboxRow[]>): string[] {
  return [...outcomes]
    .filter(([, events]) => new Set(events.map(({ message_id }) => message_id)).size > 1)
    .map(([id, events]) => `command ${id}: ${events.map(({ event }) => event).join(' and ')}`);
}

function doubleStorages({ storages }: Evidence): string[] {
  return [...groupBy(storages, ({ name }) => name)]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `storage ${name}: ${same.length} times`);
}

/** An event may be published twice, but never for the first time behind a later one of the same storage. */
function swappedEvents(heard: RecordedEvent[]): string[] {
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  const swapped: string[] = [];
  for (const { id, event, storageConfigId, sequence } of heard) {
    if (seen.has(id) || storageConfigId === null || sequence === null) continue;
    seen.add(id);
    if (sequence <= (newest.get(storageConfigId) ?? 0)) swapped.push(`event ${event} ${id}: behind a later one`);
    newest.set(storageConfigId, sequence);
  }
  return swapped;
}

function phantoms({ attempts, operations, outbox, storages, known, heard }: Evidence): string[] {
  const sent = new Set(attempts.map(({ id }) => id));
  const decided = new Set(outbox.map(({ message_id }) => message_id));
  return [
    ...operations.filter(({ message_id }) => !sent.has(message_id)).map(({ id, kind }) => `operation ${kind} ${id}`),
    ...storages.filter(({ name }) => !sent.has(name) && !known.has(name)).map(({ name }) => `storage ${name}`),
    ...heard.filter(({ id }) => !decided.has(id)).map(({ id, event }) => `event ${event} ${id}: not in the outbox`),
  ];
}

function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
