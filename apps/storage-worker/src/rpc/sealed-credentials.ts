import { Injectable } from '@nestjs/common';
import type { StorageConfigEntity } from '@stowage/entities';
import type { RegisteredService } from '../service-registry/service-registry.js';
import { recordIdentity } from '../storage-configs/record-identity.js';

const LIFETIME_MS = 60_000;
const MOST_ENTRIES = 10_000;

/** What the credentials of a row are sealed for. */
export type SealedFrom = Pick<StorageConfigEntity, 'version'> & Parameters<typeof recordIdentity>[0];

/**
 * Credentials sealed to a service, kept for a minute: sealing costs many times what signing does. Every change of
 * credentials makes a new version, so what is kept is never out of date; and it opens only in the hands of its recipient.
 * Kept for the row, owner and address that the stored record is bound to, too: one that was changed in the database must
 * meet the vault's refusal, not what was kept from before.
 */
@Injectable()
export class SealedCredentials {
  private readonly entries = new Map<string, { sealed: Promise<string>; expiresAt: number }>();
  /** A row that is kept in memory is read many times. */
  private readonly identities = new WeakMap<SealedFrom, string>();

  async get(recipient: RegisteredService, config: SealedFrom, seal: () => Promise<string>): Promise<string> {
    const key = JSON.stringify([recipient.name, recipient.sealingKey.kid, this.identityOf(config)]);
    const kept = this.entries.get(key);
    if (kept !== undefined && kept.expiresAt > Date.now()) return kept.sealed;

    const sealed = seal();
    this.entries.delete(key);
    this.entries.set(key, { sealed, expiresAt: Date.now() + LIFETIME_MS });
    this.dropOldest();
    sealed.catch(() => this.entries.delete(key));
    return sealed;
  }

  private identityOf(config: SealedFrom): string {
    const known = this.identities.get(config);
    if (known !== undefined) return known;
    const identity = JSON.stringify([config.version, recordIdentity(config)]);
    this.identities.set(config, identity);
    return identity;
  }

  private dropOldest(): void {
    for (const key of this.entries.keys()) {
      if (this.entries.size <= MOST_ENTRIES) return;
      this.entries.delete(key);
    }
  }
}
