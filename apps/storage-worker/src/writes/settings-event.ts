import type { EntityManager } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import type { WriteContext } from './write-context.js';

/** Tells whoever administers the platform; services may hear it too. */
export async function recordSettingsChanged(
  manager: EntityManager,
  changed: string[],
  { correlationId, trace }: Pick<WriteContext, 'correlationId' | 'trace'>,
): Promise<void> {
  await recordEvent(manager, {
    event: 'storage.settings.changed',
    organizationId: null,
    storageConfigId: null,
    data: { changed },
    correlationId,
    trace,
  });
}
