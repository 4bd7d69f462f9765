import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { placeOf, StowageError } from '@stowage/contracts';
import { DataSource } from 'typeorm';
import { recordAudit } from '../writes/audit.js';

/** A release waits so long at most before it is written. */
const COLLECTED_MS = 400;
const RETRY_MS = 1000;
/** Different releases that may wait while the database is away; beyond them nothing is released. */
const MOST_WAITING = 10_000;
/** In one transaction: it keeps the chains of their organizations to itself. */
const WRITTEN_AT_ONCE = 100;

/** Credentials that were given to a service. */
export interface Release {
  /** `service:<registry name>` */
  actor: string;
  /** For whom: on the platform's storage not its owner. */
  organizationId: string;
  storageConfigId: string;
}

type Counted = Release & { releases: number };

/**
 * Records releases of credentials. A release changes no row whose transaction could carry its entry, and one for each of
 * them would cost more than the release: those of the same storage to the same service within a moment are one entry.
 */
@Injectable()
export class ReleaseAudit implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(ReleaseAudit.name);
  private collectedMs = COLLECTED_MS;
  private waiting = new Map<string, Counted>();
  private timer: NodeJS.Timeout | undefined;
  private written: Promise<void> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  /** Before the release leaves. @throws StowageError `request.unavailable` when what went before could not be recorded */
  note(release: Release): void {
    if (this.waiting.size >= MOST_WAITING) {
      throw new StowageError('request.unavailable', 'The release cannot be recorded now. Try again in a moment.');
    }
    this.count({ releases: 1, ...release });
    this.timer ??= setTimeout(() => void this.write(), this.collectedMs);
  }

  /** While the database is still there; what is released from here on is written at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.collectedMs = 0;
    await this.write();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.written;
    clearTimeout(this.timer);
    if (this.waiting.size > 0) this.logger.error(`Releases of ${this.waiting.size} storages are not in the audit`);
  }

  private count(added: Counted): void {
    const key = `${added.actor} ${added.organizationId} ${added.storageConfigId}`;
    const releases = (this.waiting.get(key)?.releases ?? 0) + added.releases;
    this.waiting.set(key, { ...added, releases });
  }

  /** One after the other, however many ask. */
  private write(): Promise<void> {
    this.written = this.written.then(() => this.writeWaiting());
    return this.written;
  }

  private async writeWaiting(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const taken = [...this.waiting.values()].sort(byOrganization);
    this.waiting = new Map();
    while (taken.length > 0) {
      try {
        await this.writeBatch(taken.slice(0, WRITTEN_AT_ONCE));
        taken.splice(0, WRITTEN_AT_ONCE);
      } catch (error) {
        this.logger.warn(`Releases wait to be recorded: ${placeOf(error)}`);
        taken.splice(0).forEach((release) => this.count(release));
        this.timer ??= setTimeout(() => void this.write(), RETRY_MS);
      }
    }
  }

  private writeBatch(batch: Counted[]): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      for (const { releases, ...release } of batch) {
        await recordAudit(manager, { ...release, action: 'storage.release', ip: null, detail: { releases } });
      }
    });
  }
}

/** The order in which all workers take the chains, so that no two wait for each other. */
function byOrganization(one: Release, other: Release): number {
  return one.organizationId.localeCompare(other.organizationId);
}
