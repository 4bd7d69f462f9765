import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type EventName, EXCHANGES, StowageError, type StorageLocation } from '@stowage/contracts';
import type { StorageConfigEntity } from '@stowage/entities';
import type { Broker, Delivery, Subscription, Verdict } from '@stowage/messaging';
import { Counter, Histogram } from 'prom-client';
import { BROKER } from '../broker.module.js';
import { Metrics } from '../metrics/metrics.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { WriteTransactions } from '../writes/write-transactions.js';
import { ReleasableStorage } from './releasable-storage.js';

/** messages.md: while the database is away, answers come from here for as long. */
const LONGEST_LIFETIME_MS = 60_000;
/** So that what was loaded together is not loaded again together. */
const SPREAD = 0.2;
/** Somebody who is told that there is no storage goes and makes one. */
const REFUSAL_LIFETIME_MS = 3_000;
const MOST_ENTRIES = 10_000;
const LAG_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 60];

/** All that can change which storage an organization is given, or what it is told of it. */
const INVALIDATING: EventName[] = [
  'storage.created',
  'storage.updated',
  'storage.deleted',
  'storage.default.changed',
  'storage.tested',
  'storage.health.changed',
];

/** The storage that an organization is given, its credentials still sealed as in the database. */
export interface DefaultStorage {
  config: StorageConfigEntity;
  location: StorageLocation;
}

interface Entry {
  answer: DefaultStorage | StowageError;
  expiresAt: number;
}

/**
 * The default storage of each organization, so that asking for it costs no query. The events of the outbox, which every
 * worker hears, make it forget; where one is lost with the subscription, everything is forgotten. A load that began
 * before an invalidation answers those who waited for it, and is not kept.
 */
@Injectable()
export class DefaultStorageCache implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly entries = new Map<string, Entry>();
  private readonly loads = new Map<string, Promise<Entry['answer']>>();
  private readonly hits: Counter;
  private readonly misses: Counter;
  private readonly invalidationLag: Histogram;
  private subscription: Subscription | undefined;

  constructor(
    private readonly storages: ReleasableStorage,
    private readonly access: StorageAccess,
    @Inject(BROKER) private readonly broker: Broker,
    writes: WriteTransactions,
    { registry }: Metrics,
  ) {
    // Who has just changed something through this worker need not wait for the event.
    writes.onCommitted((organizationId) => this.forget(organizationId));
    const registers = [registry];
    this.hits = new Counter({
      name: 'cache_default_storage_hits_total',
      help: 'Questions for the default storage that were answered without the database',
      registers,
    });
    this.misses = new Counter({
      name: 'cache_default_storage_misses_total',
      help: 'Questions for the default storage that waited for the database',
      registers,
    });
    this.invalidationLag = new Histogram({
      name: 'cache_default_storage_invalidation_lag_seconds',
      help: 'From the change of a storage to the time when this worker forgot what it knew of it',
      buckets: LAG_SECONDS,
      registers,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const onGap = (): void => this.forget(null);
    this.subscription = await this.broker.subscribe(EXCHANGES.events, INVALIDATING, (event) => this.hear(event), onGap);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.subscription?.cancel();
  }

  /** @throws StowageError `storage.default.none` or `storage.default.inactive` */
  async get(organizationId: string): Promise<DefaultStorage> {
    // Events name organizations as the database writes them.
    const key = organizationId.toLowerCase();
    const answer = this.kept(key) ?? (await this.load(key));
    if (answer instanceof StowageError) throw answer;
    return answer;
  }

  /** @param organizationId null = the platform, whose storage may be anybody's */
  forget(organizationId: string | null): void {
    if (organizationId === null) {
      this.entries.clear();
      this.loads.clear();
    } else {
      this.entries.delete(organizationId);
      this.loads.delete(organizationId);
    }
  }

  private async hear(event: Delivery): Promise<Verdict> {
    this.forget(organizationOf(event));
    const decidedAt = event.headers['decided-at'];
    if (typeof decidedAt === 'number') this.invalidationLag.observe(Math.max(0, Date.now() - decidedAt) / 1000);
    return { verdict: 'ack' };
  }

  private kept(organizationId: string): Entry['answer'] | undefined {
    const entry = this.entries.get(organizationId);
    if (entry === undefined || entry.expiresAt <= Date.now()) return undefined;
    this.hits.inc();
    return entry.answer;
  }

  private load(organizationId: string): Promise<Entry['answer']> {
    const running = this.loads.get(organizationId);
    this.misses.inc();
    if (running) return running;
    const load = this.read(organizationId);
    this.loads.set(organizationId, load);
    load.then(
      (answer) => this.keep(organizationId, load, answer),
      () => this.isCurrent(organizationId, load) && this.loads.delete(organizationId),
    );
    return load;
  }

  private async read(organizationId: string): Promise<Entry['answer']> {
    try {
      const config = await this.storages.defaultOf(organizationId);
      return { config, location: this.access.locationOf(config, organizationId) };
    } catch (error) {
      if (error instanceof StowageError && !error.retryable) return error;
      throw error;
    }
  }

  private keep(organizationId: string, load: Promise<Entry['answer']>, answer: Entry['answer']): void {
    if (!this.isCurrent(organizationId, load)) return;
    this.loads.delete(organizationId);
    this.entries.delete(organizationId);
    this.entries.set(organizationId, { answer, expiresAt: Date.now() + lifetimeOf(answer) });
    const [oldest] = this.entries.keys();
    if (this.entries.size > MOST_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
  }

  /** Not so after `forget`: what it reads may be of before the change. */
  private isCurrent(organizationId: string, load: Promise<Entry['answer']>): boolean {
    return this.loads.get(organizationId) === load;
  }
}

function lifetimeOf(answer: Entry['answer']): number {
  if (answer instanceof StowageError) return REFUSAL_LIFETIME_MS;
  return LONGEST_LIFETIME_MS * (1 - SPREAD * Math.random());
}

/** The platform where the event does not name an organization: then everything is forgotten. */
function organizationOf({ headers }: Delivery): string | null {
  return headers['organization-id'] ?? null;
}
