import type { HealthStatus, MeasuredUsage, TestResult } from '@stowage/contracts';
import type { EntityManager } from 'typeorm';

/** What a chart can show; more than a year, so that a year can be compared with the one before. */
const KEPT = '400 days';

/** Records what a usage refresh counted, in the transaction that stores it. */
export async function recordUsage(
  manager: EntityManager,
  storageConfigId: string,
  measured: Pick<MeasuredUsage, 'size_bytes' | 'object_count'>,
  recorded: { total_size_bytes: number; object_count: number },
): Promise<void> {
  await manager.query(
    `INSERT INTO storage_history (storage_config_id, kind, measured_size_bytes, measured_object_count,
                                  total_size_bytes, object_count)
     VALUES ($1, 'usage', $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [storageConfigId, measured.size_bytes, measured.object_count, recorded.total_size_bytes, recorded.object_count],
  );
  await forgetOld(manager, storageConfigId, 'usage');
}

/** Records what a test found, in the transaction that stores it. */
export async function recordHealth(
  manager: EntityManager,
  storageConfigId: string,
  status: HealthStatus,
  { code, latency_ms }: Pick<TestResult, 'code' | 'latency_ms'>,
): Promise<void> {
  await manager.query(
    `INSERT INTO storage_history (storage_config_id, kind, health_status, health_code, latency_ms)
     VALUES ($1, 'health', $2, $3, $4) ON CONFLICT DO NOTHING`,
    [storageConfigId, status, code, latency_ms],
  );
  await forgetOld(manager, storageConfigId, 'health');
}

/** Where a point is added an old one goes: no sweep over the points of all storages is needed. */
async function forgetOld(manager: EntityManager, storageConfigId: string, kind: string): Promise<void> {
  await manager.query(
    `DELETE FROM storage_history
      WHERE storage_config_id = $1 AND kind = $2 AND recorded_at < now() - interval '${KEPT}'`,
    [storageConfigId, kind],
  );
}
