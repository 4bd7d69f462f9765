import { NO_TRACE } from '@stowage/contracts';
import { StorageConfigEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { recordUpdated } from '../storage-configs/config-events.js';
import { recordAudit } from '../writes/audit.js';
import type { HealthContext } from './store-health.js';

/**
 * Pins the host key of a storage that could not be reached when it was saved. A config that was changed since, or that has
 * a key by now, is left as it is.
 */
export async function pinHostKey(
  manager: EntityManager,
  met: Pick<StorageConfigEntity, 'id' | 'organizationId' | 'version'>,
  sha256: string,
  { correlationId = null, trace = NO_TRACE }: HealthContext,
): Promise<void> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(StorageConfigEntity)
    .set({ hostKeySha256: sha256, version: () => 'version + 1', updatedAt: () => 'now()' })
    .where('id = :id AND version = :version AND host_key_sha256 IS NULL', { id: met.id, version: met.version })
    .execute();
  if (affected !== 1) return;
  await recordUpdated(manager, met.id, ['host_key_sha256'], { correlationId, trace });
  await recordAudit(manager, {
    organizationId: met.organizationId,
    storageConfigId: met.id,
    actor: 'system',
    action: 'storage.update',
    ip: null,
    detail: { changed: ['host_key_sha256'] },
  });
}
