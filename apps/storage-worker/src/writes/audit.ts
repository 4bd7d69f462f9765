import { AuditEntryEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';

export interface AuditedAct {
  organizationId: string | null;
  storageConfigId: string | null;
  /** `user:<sub>`, `service:<registry name>` or `system`. */
  actor: string;
  action: string;
  ip: string | null;
  /** Default `ok`. */
  outcome?: 'ok' | 'failed';
  /** Names of changed fields, never their values. */
  detail?: Record<string, unknown>;
}

/** Records a write in the transaction that makes it: neither is there without the other. */
export async function recordAudit(manager: EntityManager, act: AuditedAct): Promise<void> {
  await manager.insert(AuditEntryEntity, { outcome: 'ok', ...act, detail: (act.detail ?? {}) as object });
}
