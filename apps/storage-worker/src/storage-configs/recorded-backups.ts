import { BackupEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';

/** A backup that was started counts until it ends, but no longer than this: its service may be gone. */
const RUNNING_COUNTS = "state = 'running' AND coalesce(started_at, reported_at) > now() - interval '24 hours'";

/** Backups that would be lost with the config: recorded on it, or running to it. */
export async function countRecordedBackups(manager: EntityManager, storageConfigId: string): Promise<number> {
  const [row]: { count: number }[] = await manager.query(
    `SELECT count(*)::int AS count FROM backups
      WHERE storage_config_id = $1 AND (state = 'completed' OR (${RUNNING_COUNTS}))`,
    [storageConfigId],
  );
  return row?.count ?? 0;
}

export async function newestRecordedBackup(
  manager: EntityManager,
  storageConfigId: string,
): Promise<BackupEntity | null> {
  return manager.findOne(BackupEntity, {
    where: { storageConfigId, state: 'completed' },
    order: { completedAt: 'DESC', id: 'DESC' },
  });
}
