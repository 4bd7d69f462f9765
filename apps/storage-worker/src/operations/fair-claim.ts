import { type OperationLane, StorageOperationEntity } from '@stowage/entities';
import { type EntityManager, In } from 'typeorm';

/** A worker holds what it runs for so long without a renewal; then another takes it over. */
export const LEASE_SECONDS = 15;

const TENANTS_AT_ONCE = 32;
// Pages of tenants that one claim looks through, should all of them be waiting for a retry.
const PAGES = 4;

/** How many more operations of a tenant this worker may run in this lane. */
type Allowance = (tenantId: string) => number;

/**
 * Claims waiting operations tenant by tenant, each in its turn, and goes on next time where it stopped: whoever floods
 * the queue waits behind its own flood, and what a claim costs does not grow with the length of the queue.
 */
export class FairClaim {
  private after: string | null = null;

  constructor(private readonly lane: OperationLane) {}

  /** @returns what is this worker's to run now, at most `free`, leased and fenced */
  async next(manager: EntityManager, free: number, allowance: Allowance): Promise<StorageOperationEntity[]> {
    const claimed: Claimed[] = [];
    for (let page = 1; page <= PAGES && claimed.length < free; page++) {
      const fromTheStart = this.after === null;
      const tenants = await waitingTenants(manager, this.lane, this.after);
      const turns = tenants
        .filter(({ due }) => due)
        .map(({ id }) => ({ id, allowed: allowance(id) - claimed.filter((each) => each.tenantId === id).length }));
      const added = await claim(manager, this.lane, turns, free - claimed.length);
      claimed.push(...added);

      const filled = claimed.length === free;
      const seenToTheEnd = tenants.length < TENANTS_AT_ONCE;
      this.after = filled ? lastServed(added) : seenToTheEnd ? null : tenants.at(-1)!.id;
      if (seenToTheEnd && fromTheStart) break;
    }
    if (claimed.length === 0) return [];
    return manager.findBy(StorageOperationEntity, { id: In(claimed.map(({ id }) => id)) });
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
  /** 1 for the first of its tenant in this claim. */
  turn: number;
  /** Of its tenant in this claim. */
  position: number;
}

/** One each, then a second each, and so on, up to what is allowed and free. */
async function claim(
  manager: EntityManager,
  lane: OperationLane,
  turns: { id: string; allowed: number }[],
  free: number,
): Promise<Claimed[]> {
  const allowed = turns.filter((turn) => turn.allowed > 0);
  if (allowed.length === 0) return [];
  const [rows]: [Claimed[], number] = await manager.query(
    `WITH due AS (
       SELECT operation.id, tenant.id AS tenant_id, tenant.position,
              row_number() OVER (PARTITION BY tenant.id ORDER BY operation.not_before, operation.created_at) AS turn
         FROM unnest($2::uuid[], $3::int[]) WITH ORDINALITY AS tenant (id, allowed, position)
        CROSS JOIN LATERAL (
          SELECT id, not_before, created_at FROM storage_operations queued
           WHERE status = 'queued' AND lane = $1 AND tenant_id = tenant.id AND not_before <= now()
             AND (deadline IS NULL OR deadline > now())
             AND NOT EXISTS (SELECT FROM storage_operations active
                              WHERE active.status = 'running' AND active.kind = queued.kind
                                AND active.storage_config_id = queued.storage_config_id)
           ORDER BY not_before LIMIT tenant.allowed
           FOR UPDATE SKIP LOCKED) operation
     ),
     chosen AS (SELECT * FROM due ORDER BY turn, position LIMIT $4)
     UPDATE storage_operations operation
        SET status = 'running', fence = fence + 1, attempt = attempt + 1,
            started_at = coalesce(started_at, now()), locked_until = now() + make_interval(secs => $5)
       FROM chosen WHERE operation.id = chosen.id
     RETURNING operation.id, chosen.tenant_id AS "tenantId", chosen.turn::int, chosen.position::int`,
    [lane, allowed.map(({ id }) => id), allowed.map((turn) => turn.allowed), free, LEASE_SECONDS],
  );
  return rows;
}

/** The last tenant that had a first turn: the next claim begins behind it. */
function lastServed(claimed: Claimed[]): string | null {
  const firsts = claimed.filter(({ turn }) => turn === 1).sort((a, b) => b.position - a.position);
  return firsts[0]?.tenantId ?? null;
}
