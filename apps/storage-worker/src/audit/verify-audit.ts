import { type LocalKeyring, VaultError } from '@stowage/encryption';
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
export async function* verifyAudit(dataSource: DataSource, keyring: LocalKeyring): AsyncGenerator<ChainReport> {
  const tenants: { tenant_id: string }[] = await dataSource.query(
    'SELECT DISTINCT tenant_id FROM storage_audit WHERE position IS NOT NULL ORDER BY 1',
  );
  for (const { tenant_id } of tenants) yield await verifyChain(dataSource, keyring, tenant_id);
}

async function verifyChain(dataSource: DataSource, keyring: LocalKeyring, tenantId: string): Promise<ChainReport> {
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
      const reason = fault(keyring, before, entry);
      if (reason !== null) return report({ position: position + 1, reason });
      [position, before] = [position + 1, entry.mac!];
    }
    if (page.length < PAGE) return report(null);
  }
}

function fault(keyring: LocalKeyring, before: Buffer, entry: AuditEntryEntity): 'changed' | 'key_gone' | null {
  try {
    const mac = keyring.hmacWith(entry.macKid ?? '', AUDIT_PURPOSE, bytesToMac(before, entry));
    return entry.mac?.equals(mac) ? null : 'changed';
  } catch (error) {
    if (error instanceof VaultError) return 'key_gone';
    throw error;
  }
}
