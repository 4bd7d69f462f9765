import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { nameOf } from '@stowage/contracts';
import { AuditEntryEntity, type StorageConfigEntity } from '@stowage/entities';
import type { VaultErrorReason } from '@stowage/encryption';
import { type EntityManager, MoreThan } from 'typeorm';
import { Tenants } from '../tenants/tenants.js';
import { recordAudit } from '../writes/audit.js';

const ACTION = 'credentials.unavailable';
const HOUR_MS = 3_600_000;

type Row = Pick<StorageConfigEntity, 'id' | 'organizationId'>;

/**
 * Keeps in the audit that a stored record did not open: it was moved, altered, or its key is missing. Once an hour for
 * each record, as whoever needs the storage tries again. Nobody waits for it: the refusal must not hang on the database.
 */
@Injectable()
export class UnopenedAudit implements BeforeApplicationShutdown {
  private readonly logger = new Logger(UnopenedAudit.name);
  /** Record ids and when they were noted. Milliseconds. */
  private readonly noted = new Map<string, number>();
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly tenants: Tenants) {}

  note(record: Row, reason: VaultErrorReason): void {
    const last = this.noted.get(record.id);
    if (last !== undefined && Date.now() - last < HOUR_MS) return;
    this.noted.set(record.id, Date.now());
    const written = this.write(record, reason).finally(() => this.writing.delete(written));
    this.writing.add(written);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.writing);
  }

  private async write(record: Row, reason: VaultErrorReason): Promise<void> {
    try {
      await this.tenants.run(record.organizationId, (manager) => writeOnce(manager, record, reason));
    } catch (error) {
      this.noted.delete(record.id);
      this.logger.warn(`That the record of ${record.id} does not open is not in the audit: ${nameOf(error)}`);
    }
  }
}

/** Other workers meet the same record. */
async function writeOnce(manager: EntityManager, { id, organizationId }: Row, reason: VaultErrorReason): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${ACTION}:${id}`]);
  const lately = MoreThan(new Date(Date.now() - HOUR_MS));
  if (await manager.existsBy(AuditEntryEntity, { storageConfigId: id, action: ACTION, createdAt: lately })) return;
  const act = { organizationId, storageConfigId: id, actor: 'system', ip: null, action: ACTION, detail: { reason } };
  await recordAudit(manager, { ...act, outcome: 'failed' });
}
