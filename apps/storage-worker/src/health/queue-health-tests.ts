import { randomUUID } from 'node:crypto';
import { PLATFORM_ID, type StorageConfigEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';

const CALLER = 'health';
/** Whether a storage that was never tested works should be known before its first backup. */
const UNTESTED_FOR_S = 900;
const LONGEST_SPREAD_S = 600;

/**
 * Queues tests of the active storages whose last one is `intervalS` ago, those that waited longest first, spread over some
 * minutes. A storage for which a test waits, or was queued lately, is passed over.
 */
export async function queueDueTests(manager: EntityManager, intervalS: number, limit: number): Promise<number> {
  const queued: unknown[] = await manager.query(
    `WITH candidates AS (
       (SELECT id, organization_id FROM storage_configs
         WHERE is_active AND checked_at < now() - make_interval(secs => $1::float8) ORDER BY checked_at LIMIT $3)
       UNION ALL
       (SELECT id, organization_id FROM storage_configs
         WHERE is_active AND checked_at IS NULL AND created_at < now() - make_interval(secs => least($1::float8, $2::float8)) LIMIT $3)
     ),
     due AS (
       SELECT gen_random_uuid() AS operation_id, id, organization_id FROM candidates
        WHERE NOT EXISTS (SELECT FROM storage_operations earlier
                           WHERE earlier.storage_config_id = candidates.id AND earlier.kind = 'storage.test'
                             AND earlier.created_at > now() - make_interval(secs => least($1::float8, $2::float8) / 2))
        LIMIT $3
     )
     INSERT INTO storage_operations
            (id, kind, lane, organization_id, tenant_id, storage_config_id, caller_id, message_id, not_before)
     SELECT operation_id, 'storage.test', 'probe', organization_id, coalesce(organization_id, $4::uuid), id, $5, operation_id,
            now() + random() * make_interval(secs => least($1::float8 / 10, $6::float8))
       FROM due
     ON CONFLICT DO NOTHING RETURNING id`,
    [intervalS, UNTESTED_FOR_S, limit, PLATFORM_ID, CALLER, LONGEST_SPREAD_S],
  );
  return queued.length;
}

/** One more test of a config after a while, unless one waits already. */
export async function queueHealthTest(
  manager: EntityManager,
  { id, organizationId }: Pick<StorageConfigEntity, 'id' | 'organizationId'>,
  delayS: number,
): Promise<void> {
  await manager.query(
    `INSERT INTO storage_operations
            (id, kind, lane, organization_id, tenant_id, storage_config_id, caller_id, message_id, not_before)
     VALUES ($1, 'storage.test', 'probe', $2, $3, $4, $5, $1, now() + make_interval(secs => $6))
     ON CONFLICT DO NOTHING`,
    [randomUUID(), organizationId, organizationId ?? PLATFORM_ID, id, CALLER, delayS],
  );
}
