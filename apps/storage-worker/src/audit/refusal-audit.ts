import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { nameOf, StowageError } from '@stowage/contracts';
import { Tenants } from '../tenants/tenants.js';
import { recordAudit } from '../writes/audit.js';

const COUNTED_MS = 60_000;
/** Registered services, broker users, routing keys and codes are few; this only says that they are. */
const MOST_COUNTED = 1_000;
const LONGEST_USER = 128;

/** Beside `request.*` and `permission.*`: what is no mistake of an honest service, or one that somebody should hear of. */
const ALSO_REFUSALS = new Set<string>(['storage.not_found', 'credentials.not_sealed']);

export interface Refusal {
  /** Registry name; null for whoever is not registered. */
  service: string | null;
  /** Broker user, as the broker has checked it. */
  userId: string | null;
  routingKey: string;
}

interface Counted extends Refusal {
  code: string;
  times: number;
  timer: NodeJS.Timeout;
}

/**
 * Keeps in the platform's audit that a service, or somebody at the broker who is none, was refused: the first time at
 * once, what follows in the next minute as one entry. So there are two entries a minute at most for a sender, routing key
 * and code, however many messages come. In no organization's audit, as whom the message concerns is only what it claims.
 * Nobody waits for it: the refusal must not hang on the database.
 */
@Injectable()
export class RefusalAudit implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RefusalAudit.name);
  private readonly counted = new Map<string, Counted>();
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly tenants: Tenants) {}

  /** @param error what was answered; what only tells how a storage is, or to try again, is no refusal */
  note(refusal: Refusal, error: unknown): void {
    if (!(error instanceof StowageError) || !isRefusal(error)) return;
    const { code } = error;
    const key = JSON.stringify([refusal.service, refusal.userId, refusal.routingKey, code]);
    const known = this.counted.get(key);
    if (known) known.times += 1;
    else if (this.counted.size < MOST_COUNTED) {
      const timer = setTimeout(() => this.end(key), COUNTED_MS).unref();
      this.counted.set(key, { ...refusal, code, times: 0, timer });
      this.write({ ...refusal, code, times: 1 });
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const key of this.counted.keys()) this.end(key);
    await Promise.all(this.writing);
  }

  private end(key: string): void {
    const { timer, ...refusals } = this.counted.get(key)!;
    clearTimeout(timer);
    this.counted.delete(key);
    if (refusals.times > 0) this.write(refusals);
  }

  private write(refusals: Omit<Counted, 'timer'>): void {
    const written = this.record(refusals).finally(() => this.writing.delete(written));
    this.writing.add(written);
  }

  private async record({ service, userId, routingKey, code, times }: Omit<Counted, 'timer'>): Promise<void> {
    const detail = { code, routing_key: routingKey, times, user_id: printable(userId) };
    const actor = service === null ? 'system' : `service:${service}`;
    const act = { organizationId: null, storageConfigId: null, actor, ip: null, action: 'service.refused', detail };
    try {
      await this.tenants.run(null, (manager) => recordAudit(manager, { ...act, outcome: 'failed' }));
    } catch (error) {
      this.logger.warn(`${times} refusals of ${routingKey} with ${code} are not in the audit: ${nameOf(error)}`);
    }
  }
}

function isRefusal({ code, retryable }: StowageError): boolean {
  return !retryable && (/^(request|permission)\./.test(code) || ALSO_REFUSALS.has(code));
}

/** PostgreSQL takes no NUL in JSON. */
function printable(userId: string | null): string | null {
  return userId === null ? null : userId.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_USER);
}
