import type { TraceContext } from '@stowage/contracts';
import { Injectable } from '@nestjs/common';
import { BackupEntity, StorageConfigEntity } from '@stowage/entities';
import { DataSource, type EntityManager, In } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import { type BackupReport, contributionOf, lineOf, type LedgerLine } from './ledger-line.js';

interface ReportContext {
  correlationId: string | null;
  trace: TraceContext;
}

/** The record of backups behind `total_size_bytes`, `object_count`, `last_used_at` and the delete rule. */
@Injectable()
export class BackupLedger {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Takes a report of the backup service: line and sums change in one transaction. A report about a config of another
   * organization is refused (`storage.backup.refused`); a completed backup on a config that is gone is kept and raised
   * (`storage.backup.orphaned`).
   */
  async record(report: BackupReport, context: ReportContext): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const line = lineOf(report);
      await serializeByBackup(manager, line.id);
      const before = await manager.findOneBy(BackupEntity, { id: line.id });
      const configs = await lockConfigs(manager, [
        line.storageConfigId,
        before?.storageConfigId ?? line.storageConfigId,
      ]);
      const config = configs.get(line.storageConfigId) ?? null;

      const reason = refusalOf(line, before, config);
      if (reason !== null) {
        await this.say(manager, 'storage.backup.refused', line, reason, context);
        return;
      }
      // Even where a newer event has come before it: the storage was used then.
      if (line.completedAt !== null) await markUsed(manager, line.storageConfigId, line.completedAt);
      if (before !== null && before.sequence >= line.sequence) return;

      await write(manager, line);
      await addToSums(manager, before, line);
      if (config !== null) await tell(manager, line, config, context);
      else if (line.state === 'completed') {
        await this.say(manager, 'storage.backup.orphaned', line, 'The storage of this backup is gone.', context);
      }
    });
  }

  private async say(
    manager: EntityManager,
    event: 'storage.backup.refused' | 'storage.backup.orphaned',
    line: LedgerLine,
    reason: string,
    context: ReportContext,
  ): Promise<void> {
    await recordEvent(manager, {
      event,
      organizationId: line.organizationId,
      storageConfigId: line.storageConfigId,
      ...context,
      data: { backup_id: line.id, reason },
    });
  }
}

/**
 * Records that a backup's objects were removed by us. Its line stays as a tombstone with the sequence that it had, so
 * that no late report brings it back.
 */
export async function recordRemoval(
  manager: EntityManager,
  backupId: string,
  context: Partial<ReportContext> = {},
): Promise<void> {
  await serializeByBackup(manager, backupId);
  const before = await manager.findOneBy(BackupEntity, { id: backupId });
  if (before === null || before.state === 'deleted') return;
  const config = (await lockConfigs(manager, [before.storageConfigId])).get(before.storageConfigId);
  const { reportedAt: _reportedAt, ...line } = before;
  const tombstone: LedgerLine = {
    ...line,
    state: 'deleted',
    sizeBytes: 0,
    objects: [],
    startedAt: null,
    completedAt: null,
    endedAt: new Date(),
  };
  await write(manager, tombstone);
  await addToSums(manager, before, tombstone);
  if (config) await tell(manager, tombstone, config, context);
}

/** Who looks at the storage sees its sums change: the backup's organization, and the platform where it holds the storage. */
async function tell(
  manager: EntityManager,
  line: LedgerLine,
  config: StorageConfigEntity,
  context: Partial<ReportContext>,
): Promise<void> {
  for (const organizationId of new Set([line.organizationId, config.organizationId])) {
    await recordEvent(manager, {
      event: 'storage.backup.recorded',
      organizationId,
      storageConfigId: config.id,
      ...context,
      data: { backup_id: line.id, state: line.state },
    });
  }
}

async function serializeByBackup(manager: EntityManager, backupId: string): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`backup ${backupId}`]);
}

async function lockConfigs(manager: EntityManager, ids: string[]): Promise<Map<string, StorageConfigEntity>> {
  const configs = await manager.find(StorageConfigEntity, {
    where: { id: In(ids) },
    order: { id: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
  return new Map(configs.map((config) => [config.id, config]));
}

function refusalOf(line: LedgerLine, before: BackupEntity | null, config: StorageConfigEntity | null): string | null {
  if (before !== null && before.organizationId !== line.organizationId) {
    return 'The backup is recorded for another organization.';
  }
  // The platform's own storage (no organization) takes the backups of all.
  if (config !== null && config.organizationId !== null && config.organizationId !== line.organizationId) {
    return 'The storage belongs to another organization.';
  }
  return null;
}

async function write(manager: EntityManager, line: LedgerLine): Promise<void> {
  await manager.upsert(BackupEntity, { ...line, reportedAt: () => 'now()' }, ['id']);
}

async function markUsed(manager: EntityManager, storageConfigId: string, at: Date): Promise<void> {
  await manager.query(
    'UPDATE storage_configs SET last_used_at = greatest(last_used_at, $2::timestamptz) WHERE id = $1',
    [storageConfigId, at],
  );
}

async function addToSums(manager: EntityManager, before: BackupEntity | null, after: LedgerLine): Promise<void> {
  const added = contributionOf(after);
  const removed = before === null ? null : contributionOf(before);
  for (const [change, sign] of [
    [removed, -1],
    [added, 1],
  ] as const) {
    if (change === null || change.objectCount === 0) continue;
    await manager.query(
      `UPDATE storage_configs SET total_size_bytes = total_size_bytes + $2, object_count = object_count + $3
        WHERE id = $1`,
      [change.storageConfigId, sign * change.sizeBytes, sign * change.objectCount],
    );
  }
}
