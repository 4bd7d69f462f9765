import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { LANE_OF, type NewOperation } from './new-operation.js';
import { PLATFORM_ID } from '@stowage/entities';
import { despiteRaces, transactionDespiteRaces } from './transaction.js';

/** What became of a wish: it waits, it joined one that waits already, or it had been taken before. */
export interface Ingested {
  id: string;
  status: 'queued' | 'superseded' | 'duplicate';
}

interface Row {
  id: string;
  operation: NewOperation;
}

// Join, look-up and insert settle every row but those that lost a race in between; a further round settles these.
const ROUNDS = 5;

/**
 * Takes wishes into the queue: each becomes exactly one row, however often it is asked for. A test or refresh of a
 * config for which one waits already ends at once as superseded by that one, which then is not held back by a retry
 * delay and expires no earlier than the latest of those it stands for.
 *
 * Where nothing is asked for twice that is one statement and one round trip. When it fails half-way, what is committed
 * is a duplicate the next time.
 *
 * @returns in the order of the operations
 */
export async function ingest(dataSource: DataSource, operations: NewOperation[]): Promise<Ingested[]> {
  const rows = rowsOf(operations);
  const queued = settledAs('queued', await despiteRaces(() => insertQueued(dataSource.manager, rows)));
  const open = rows.filter((row) => !queued.has(identityOf(row.operation)));
  const others =
    open.length === 0 ? [] : await transactionDespiteRaces(dataSource, (manager) => settleAll(manager, open));
  return inOrder(operations, new Map([...queued, ...others]));
}

/** In one transaction, so that what is queued first is still waiting when others join it. */
async function settleAll(manager: EntityManager, rows: Row[]): Promise<Map<string, Ingested>> {
  const settled = new Map<string, Ingested>();
  let open = rows;
  const settle = (ids: Map<string, string>, status: Ingested['status']): void => {
    for (const [identity, outcome] of settledAs(status, ids)) settled.set(identity, outcome);
    open = open.filter((row) => !settled.has(identityOf(row.operation)));
  };
  for (let round = 1; open.length > 0; round++) {
    if (round > ROUNDS) throw new Error('The operations could not be taken in: every round lost a race');
    settle(await joinWaiting(manager, open), 'superseded');
    settle(await findTaken(manager, open), 'duplicate');
    settle(await insertQueued(manager, open), 'queued');
    // What is left lost a race, or its id is taken by another caller's message; then a fresh one is as good.
    open = open.map((row) => ({ ...row, id: randomUUID() }));
  }
  return settled;
}

function settledAs(status: Ingested['status'], ids: Map<string, string>): Map<string, Ingested> {
  return new Map([...ids].map(([identity, id]) => [identity, { id, status }]));
}

/** One row a wish, in an order that all workers share, so that their locks do not cross. */
function rowsOf(operations: NewOperation[]): Row[] {
  const rows = new Map(operations.map((operation) => [identityOf(operation), { id: operation.messageId, operation }]));
  return [...rows.values()].sort((a, b) => (identityOf(a.operation) < identityOf(b.operation) ? -1 : 1));
}

function inOrder(operations: NewOperation[], settled: Map<string, Ingested>): Ingested[] {
  const seen = new Set<string>();
  return operations.map((operation) => {
    const identity = identityOf(operation);
    const outcome = settled.get(identity);
    if (outcome === undefined) throw new Error('An operation was not settled');
    const status = seen.has(identity) ? 'duplicate' : outcome.status;
    seen.add(identity);
    return { id: outcome.id, status };
  });
}

function identityOf({ callerId, messageId }: Pick<NewOperation, 'callerId' | 'messageId'>): string {
  return `${messageId.toLowerCase()} ${callerId}`;
}

const COLUMNS = `id, kind, organization_id, tenant_id, lane, storage_config_id, payload, caller_id, message_id,
  correlation_id, reply_to, traceparent, tracestate, deadline`;

const INCOMING = `unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::jsonb[], $8::text[],
  $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[]) AS incoming (${COLUMNS})`;

async function insertQueued(manager: EntityManager, rows: Row[]): Promise<Map<string, string>> {
  return identities(
    manager,
    rows,
    `INSERT INTO storage_operations (${COLUMNS}) SELECT ${COLUMNS} FROM ${INCOMING}
     ON CONFLICT DO NOTHING RETURNING id, caller_id, message_id`,
  );
}

async function joinWaiting(manager: EntityManager, rows: Row[]): Promise<Map<string, string>> {
  return identities(
    manager,
    rows,
    `WITH incoming AS (SELECT * FROM ${INCOMING}),
     waiting AS (
       SELECT id, storage_config_id, kind, tenant_id FROM storage_operations
        WHERE status = 'queued' AND kind IN ('storage.test', 'storage.usage.refresh')
          AND (storage_config_id, kind, tenant_id) IN (SELECT storage_config_id, kind, tenant_id FROM incoming)
        ORDER BY id FOR UPDATE
     ),
     joined AS (
       INSERT INTO storage_operations (${COLUMNS}, status, superseded_by, finished_at)
       SELECT ${COLUMNS.replaceAll(/\w+/g, 'incoming.$&')}, 'superseded', waiting.id, now()
         FROM incoming JOIN waiting ON waiting.storage_config_id = incoming.storage_config_id
          AND waiting.kind = incoming.kind AND waiting.tenant_id = incoming.tenant_id
       ON CONFLICT DO NOTHING RETURNING id, caller_id, message_id, superseded_by, deadline
     ),
     latest AS (
       SELECT superseded_by, CASE WHEN bool_and(deadline IS NOT NULL) THEN max(deadline) END AS deadline
         FROM joined GROUP BY superseded_by
     ),
     hastened AS (
       UPDATE storage_operations waiting
          SET not_before = least(waiting.not_before, now()),
              deadline = CASE WHEN waiting.deadline IS NOT NULL AND latest.deadline IS NOT NULL
                              THEN greatest(waiting.deadline, latest.deadline) END
         FROM latest WHERE waiting.id = latest.superseded_by
     )
     SELECT id, caller_id, message_id FROM joined`,
  );
}

async function findTaken(manager: EntityManager, rows: Row[]): Promise<Map<string, string>> {
  return identities(
    manager,
    rows,
    `SELECT taken.id, taken.caller_id, taken.message_id
       FROM storage_operations taken JOIN ${INCOMING} USING (caller_id, message_id)`,
  );
}

async function identities(manager: EntityManager, rows: Row[], sql: string): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map();
  const found: { id: string; caller_id: string; message_id: string }[] = await manager.query(sql, parametersOf(rows));
  return new Map(
    found.map(({ id, caller_id, message_id }) => [identityOf({ callerId: caller_id, messageId: message_id }), id]),
  );
}

function parametersOf(rows: Row[]): unknown[] {
  const column = (value: (operation: NewOperation) => unknown): unknown[] => rows.map((row) => value(row.operation));
  return [
    rows.map((row) => row.id),
    column((operation) => operation.kind),
    column((operation) => operation.organizationId),
    column((operation) => operation.organizationId ?? PLATFORM_ID),
    column((operation) => LANE_OF[operation.kind]),
    column((operation) => operation.storageConfigId),
    column((operation) => JSON.stringify(operation.payload ?? {})),
    column((operation) => operation.callerId),
    column((operation) => operation.messageId),
    column((operation) => operation.correlationId ?? null),
    column((operation) => operation.replyTo ?? null),
    column((operation) => operation.trace?.traceparent ?? null),
    column((operation) => operation.trace?.tracestate ?? null),
    column((operation) => operation.deadline ?? null),
  ];
}
