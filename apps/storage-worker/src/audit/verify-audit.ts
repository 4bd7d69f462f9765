import { type KeyProvider, VaultError } from '@stowage/encryption';
import { AuditEntryEntity } from '@stowage/entities';
import { type DataSource, IsNull, MoreThan } from 'typeorm';
import { AUDIT_PURPOSE } from '../keys/keys.js';
import { bytesToMac, NO_MAC } from './entry-mac.js';

const PAGE = 1000;

/** One organization's chain. */
export interface ChainReport {
  /** The nil UUID for the platform. */
  tenantId: string;
  entries: number;
  /** Hash of the last entry, hex: kept elsewhere, it shows later whether entries were cut off at the end. */
  head: string;
  /** null: whole. */
  broken: { position: number; reason: 'missing' | 'changed' | 'key_gone' } | null;
}

/** Entries in no chain: those from before there were chains, a number that never grows, or slipped in past the worker. */
export function countUnchained(dataSource: DataSource): Promise<number> {
  return dataSource.manager.countBy(AuditEntryEntity, { position: IsNull() });
}

/** Follows every chain from its first entry to its last, or to the first that is not as it was written. */
export async function* verifyAudit(dataSource: DataSource, keys: KeyProvider): AsyncGenerator<ChainReport> {
  const tenants: { tenant_id: string }[] = await dataSource.query(
    'SELECT DISTINCT tenant_id FROM storage_audit WHERE position IS NOT NULL ORDER BY 1',
  );
  for (const { tenant_id } of tenants) yield await verifyChain(dataSource, keys, tenant_id);
}

async function verifyChain(dataSource: DataSource, keys: KeyProvider, tenantId: string): Promise<ChainReport> {
  let [position, before] = [0, NO_MAC];
  const report = (broken: ChainReport['broken']): ChainReport => ({
    tenantId,
    entries: position,
    head: before.toString('hex'),
    broken,
  });
  for (;;) {
    const page = await dataSource.manager.find(AuditEntryEntity, {
      where: { tenantId, position: MoreThan(String(position)) },
      order: { position: 'ASC' },
      take: PAGE,
    });
    for (const entry of page) {
      if (Number(entry.position) !== position + 1) return report({ position: position + 1, reason: 'missing' });
      const reason = await fault(keys, before, entry);
      if (reason !== null) return report({ position: position + 1, reason });
      [position, before] = [position + 1, entry.mac!];
    }
    if (page.length < PAGE) return report(null);
  }
}

async function fault(
  keys: KeyProvider,
  before: Buffer,
  entry: AuditEntryEntity,
): Promise<'changed' | 'key_gone' | null> {
  try {
    const mac = await keys.mac(entry.macKid ?? '', AUDIT_PURPOSE, bytesToMac(before, entry));
    return entry.mac?.equals(mac) ? null : 'changed';
  } catch (error) {
    if (error instanceof VaultError && error.reason === 'unknown_key') return 'key_gone';
    throw error;
  }
}
