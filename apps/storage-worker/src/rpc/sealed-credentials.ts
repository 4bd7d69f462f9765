import { Injectable } from '@nestjs/common';
import type { StorageConfigEntity } from '@stowage/entities';
import type { RegisteredService } from '../service-registry/service-registry.js';

const LIFETIME_MS = 60_000;
const MOST_ENTRIES = 10_000;

/**
 * Credentials sealed to a service, kept for a minute: sealing costs many times what signing does. Every change of
 * credentials makes a new version, so what is kept is never out of date; and it opens only in the hands of its recipient.
 */
@Injectable()
export class SealedCredentials {
  private readonly entries = new Map<string, { sealed: Promise<string>; expiresAt: number }>();

  async get(
    recipient: RegisteredService,
    { id, version }: Pick<StorageConfigEntity, 'id' | 'version'>,
    seal: () => Promise<string>,
  ): Promise<string> {
    const key = `${recipient.name} ${recipient.sealingKey.kid} ${id} ${version}`;
    const kept = this.entries.get(key);
    if (kept !== undefined && kept.expiresAt > Date.now()) return kept.sealed;

    const sealed = seal();
    this.entries.delete(key);
    this.entries.set(key, { sealed, expiresAt: Date.now() + LIFETIME_MS });
    this.dropOldest();
    sealed.catch(() => this.entries.delete(key));
    return sealed;
  }

  private dropOldest(): void {
    for (const key of this.entries.keys()) {
      if (this.entries.size <= MOST_ENTRIES) return;
      this.entries.delete(key);
    }
  }
}
