import type { BackupCompleted, BackupDeleted, BackupFailed, BackupStarted } from '@stowage/contracts';
import type { BackupEntity } from '@stowage/entities';

export type BackupReport =
  | { event: 'backup.started'; data: BackupStarted }
  | { event: 'backup.completed'; data: BackupCompleted }
  | { event: 'backup.failed'; data: BackupFailed }
  | { event: 'backup.deleted'; data: BackupDeleted };

export type LedgerLine = Omit<BackupEntity, 'reportedAt'>;

/** What a line adds to its config: nothing unless the backup is completed. */
interface Contribution {
  storageConfigId: string;
  sizeBytes: number;
  objectCount: number;
}

/**
 * The line that an event makes of a backup. It depends on this event alone, and the one with the highest sequence
 * stands: so the ledger is the same in whatever order, and however often, the events arrive.
 */
export function lineOf({ event, data }: BackupReport): LedgerLine {
  const line: LedgerLine = {
    id: data.backup_id,
    organizationId: data.organization_id,
    storageConfigId: data.storage_config_id,
    environmentId: data.environment_id,
    sequence: data.sequence,
    state: 'running',
    sizeBytes: 0,
    objects: [],
    startedAt: null,
    completedAt: null,
    endedAt: null,
  };
  if (event === 'backup.started') return { ...line, startedAt: new Date(data.started_at) };
  if (event === 'backup.failed') return { ...line, state: 'failed', endedAt: new Date(data.failed_at) };
  if (event === 'backup.deleted') return { ...line, state: 'deleted', endedAt: new Date(data.deleted_at) };
  return {
    ...line,
    state: 'completed',
    sizeBytes: data.size_bytes,
    objects: data.objects,
    completedAt: new Date(data.completed_at),
  };
}

export function contributionOf(line: Pick<BackupEntity, 'state' | 'storageConfigId' | 'sizeBytes'>): Contribution {
  const counts = line.state === 'completed';
  return {
    storageConfigId: line.storageConfigId,
    sizeBytes: counts ? line.sizeBytes : 0,
    objectCount: counts ? 1 : 0,
  };
}
