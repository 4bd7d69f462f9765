import { type OperationLane, StorageOperationEntity } from '@stowage/entities';
import { type EntityManager, In } from 'typeorm';

/** A worker holds what it runs for so long without a renewal; then another takes it over. */
export const LEASE_SECONDS = 15;

const TENANTS_AT_ONCE = 32;
// Pages of tenants that one claim looks through, should all of them be waiting for a retry.
const PAGES = 4;

/** What this worker may still begin in this lane. */
export interface Room {
  free: number;
  /** How many more of a tenant. */
  allowanceOf(tenantId: string): number;
  /** At most on one target host. */
  perHost: number;
  /** What runs on each host. */
  heldByHost(): Map<string, number>;
}

/** An operation to run now, and the host that it will dial; null where its storage is gone or not made yet. */
export interface ClaimedOperation {
  operation: StorageOperationEntity;
  host: string | null;
}

/**
 * Claims waiting operations tenant by tenant, each in its turn, and goes on next time where it stopped: whoever floods
 * the queue waits behind its own flood, and what a claim costs does not grow with the length of the queue.
 */
export class FairClaim {
  private after: string | null = null;

  constructor(private readonly lane: OperationLane) {}

  /** @returns what is this worker's to run now, as far as there is room, leased and fenced */
  async next(manager: EntityManager, room: Room): Promise<ClaimedOperation[]> {
    const { free } = room;
    const claimed: Claimed[] = [];
    for (let page = 1; page <= PAGES && claimed.length < free; page++) {
      const fromTheStart = this.after === null;
      const tenants = await waitingTenants(manager, this.lane, this.after);
      const turns = tenants
        .filter(({ due }) => due)
        .map(({ id }) => ({
          id,
          allowed: room.allowanceOf(id) - claimed.filter((each) => each.tenantId === id).length,
        }));
      const added = await claim(manager, this.lane, turns, room, claimed);
      claimed.push(...added);

      const filled = claimed.length === free;
      const seenToTheEnd = tenants.length < TENANTS_AT_ONCE;
      this.after = filled ? lastServed(added) : seenToTheEnd ? null : tenants.at(-1)!.id;
      if (seenToTheEnd && fromTheStart) break;
    }
    if (claimed.length === 0) return [];
    const hosts = new Map(claimed.map(({ id, host }) => [id, host]));
    const operations = await manager.findBy(StorageOperationEntity, { id: In([...hosts.keys()]) });
    return operations.map((operation) => ({ operation, host: hosts.get(operation.id) ?? null }));
  }
}

interface Tenant {
  id: string;
  /** Something of it may begin now; else all of it waits for a retry. */
  due: boolean;
}

/** The next tenants that wait in the lane, in the order of their ids, by one index probe each. */
async function waitingTenants(manager: EntityManager, lane: OperationLane, after: string | null): Promise<Tenant[]> {
  return manager.query(
    `WITH RECURSIVE waiting (tenant_id, not_before, position) AS (
       (SELECT tenant_id, not_before, 1 FROM storage_operations
         WHERE status = 'queued' AND lane = $1 AND ($2::uuid IS NULL OR tenant_id > $2)
         ORDER BY tenant_id, not_before LIMIT 1)
       UNION ALL
       SELECT following.tenant_id, following.not_before, waiting.position + 1
         FROM waiting CROSS JOIN LATERAL (
           SELECT tenant_id, not_before FROM storage_operations
            WHERE status = 'queued' AND lane = $1 AND tenant_id > waiting.tenant_id
            ORDER BY tenant_id, not_before LIMIT 1) following
        WHERE waiting.position < $3
     )
     SELECT tenant_id AS id, not_before <= now() AS due FROM waiting ORDER BY position`,
    [lane, after, TENANTS_AT_ONCE],
  );
}

interface Claimed {
  id: string;
  tenantId: string;
  host: string | null;
  /** 1 for the first of its tenant in this claim. */
  turn: number;
  /** Of its tenant in this claim. */
  position: number;
}

/** A vendor's storages of one region share their servers. */
const TARGET_HOST = `coalesce(config.host, substring(config.endpoint_url FROM '^[^:]+://(\\[[^]]+\\]|[^/:?#]+)'),
                              config.provider || ' ' || coalesce(config.region, ''))`;

/** One each, then a second each, and so on, up to what is allowed and free. */
async function claim(
  manager: EntityManager,
  lane: OperationLane,
  turns: { id: string; allowed: number }[],
  room: Room,
  already: Claimed[],
): Promise<Claimed[]> {
  const allowed = turns.filter((turn) => turn.allowed > 0);
  if (allowed.length === 0) return [];
  const held = room.heldByHost();
  for (const { host } of already) if (host !== null) held.set(host, (held.get(host) ?? 0) + 1);
  const [rows]: [Claimed[], number] = await manager.query(
    `WITH held AS (SELECT * FROM unnest($6::text[], $7::int[]) AS held (host, operations)),
     due AS (
       SELECT operation.id, operation.host, tenant.id AS tenant_id, tenant.position,
              row_number() OVER (PARTITION BY tenant.id ORDER BY operation.not_before, operation.created_at) AS turn
         FROM unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS tenant (id, allowed, position)
        CROSS JOIN LATERAL (
          SELECT queued.id, queued.not_before, queued.created_at, target.host
            FROM storage_operations queued
            LEFT JOIN LATERAL (
              SELECT ${TARGET_HOST} AS host FROM storage_configs config WHERE config.id = queued.storage_config_id
            ) target ON true
           WHERE queued.status = 'queued' AND queued.lane = $1 AND queued.tenant_id = tenant.id
             AND queued.not_before <= now() AND (queued.deadline IS NULL OR queued.deadline > now())
             AND NOT EXISTS (SELECT FROM storage_operations active
                              WHERE active.status = 'running' AND active.kind = queued.kind
                                AND active.storage_config_id = queued.storage_config_id)
             AND NOT EXISTS (SELECT FROM held WHERE held.host = target.host AND held.operations >= $8)
           ORDER BY queued.not_before LIMIT tenant.allowed
           FOR UPDATE OF queued SKIP LOCKED) operation
     ),
     in_turn AS (
       SELECT due.*, row_number() OVER (PARTITION BY due.host ORDER BY turn, position) AS of_host FROM due
     ),
     chosen AS (
       SELECT in_turn.* FROM in_turn LEFT JOIN held USING (host)
        WHERE in_turn.host IS NULL OR of_host + coalesce(held.operations, 0) <= $8
        ORDER BY turn, position LIMIT $4
     )
     UPDATE storage_operations operation
        SET status = 'running', fence = fence + 1, attempt = attempt + 1,
            started_at = coalesce(started_at, now()), locked_until = now() + make_interval(secs => $5)
       FROM chosen WHERE operation.id = chosen.id
     RETURNING operation.id, chosen.tenant_id AS "tenantId", chosen.host, chosen.turn::int, chosen.position::int`,
    [
      lane,
      allowed.map(({ id }) => id),
      allowed.map((turn) => turn.allowed),
      room.free - already.length,
      LEASE_SECONDS,
      [...held.keys()],
      [...held.values()],
      room.perHost,
    ],
  );
  return rows;
}

/** The last tenant that had a first turn: the next claim begins behind it. */
function lastServed(claimed: Claimed[]): string | null {
  const firsts = claimed.filter(({ turn }) => turn === 1).sort((a, b) => b.position - a.position);
  return firsts[0]?.tenantId ?? null;
}
