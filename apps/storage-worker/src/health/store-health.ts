import type { HealthStatus, TestResult, TraceContext } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { recordHealth } from '../history/record-history.js';
import { recordEvent } from '../outbox/outbox.js';
import { nextHealth } from './next-health.js';

export interface HealthContext {
  /** Carried by the events: the command's correlation id, else its message id. */
  correlationId?: string | null;
  trace?: TraceContext;
}

/**
 * Stores what a test of a saved config came to and says so (`storage.tested`, `storage.health.changed`), in the caller's
 * transaction. A test of a version that has been changed meanwhile says nothing about the config as it is now: it is
 * told, but not stored. A config that is gone is passed over in silence. How an S3 service was found to be spoken to is
 * stored too, so that backups speak to it in the same way.
 *
 * @param tested the config as it was when it was tested
 * @returns the health now stored; null where none was
 */
export async function storeHealth(
  manager: EntityManager,
  tested: Pick<StorageConfigEntity, 'id' | 'version'>,
  result: TestResult,
  context: HealthContext = {},
): Promise<HealthStatus | null> {
  const config = await manager.findOne(StorageConfigEntity, {
    where: { id: tested.id },
    lock: { mode: 'pessimistic_write' },
  });
  if (config === null) return null;

  const subject = { organizationId: config.organizationId, storageConfigId: config.id, ...context };
  const { evidence: _evidence, ...told } = result;
  await recordEvent(manager, { event: 'storage.tested', ...subject, data: { result: told } });
  if (config.version !== tested.version) return null;

  const from = config.healthStatus;
  const to = nextHealth(from, result);
  await manager.query(
    `UPDATE storage_configs
        SET health_status = $2, health_code = $3, health_message = $4, health_hint = $5, latency_ms = $6,
            checked_at = now(), failing_since = CASE WHEN $7 THEN NULL ELSE coalesce(failing_since, now()) END,
            addressing = coalesce($8, addressing), checksum_mode = coalesce($9, checksum_mode)
      WHERE id = $1`,
    [
      config.id,
      to,
      result.code,
      result.message,
      result.hint,
      result.latency_ms,
      result.success,
      result.addressing ?? null,
      result.checksum_mode ?? null,
    ],
  );
  await recordHealth(manager, config.id, to, result);
  if (from !== to) {
    const data = { from, to, code: result.code, message: result.message };
    await recordEvent(manager, { event: 'storage.health.changed', ...subject, data });
  }
  return to;
}
