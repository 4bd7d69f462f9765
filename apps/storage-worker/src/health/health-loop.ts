import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { placeOf } from '@stowage/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { recordEvent } from '../outbox/outbox.js';
import { queueDueTests } from './queue-health-tests.js';

const LONGEST_TICK_MS = 30_000;
// 500 in 30 s is 1.4 million a day: no more at once, so that tests of a large platform spread by themselves.
const BATCH = 500;
const ROTATION_AFTER = '90 days';
const HOUR_MS = 3_600_000;
// pg_try_advisory_xact_lock key: one worker at a time looks for what is due.
const LOOP_LOCK = 7_301_002;

/** Re-tests what is stored, so that a storage that stopped working is known before the next backup needs it. */
@Injectable()
export class HealthLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HealthLoop.name);
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly dataSource: DataSource,
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    const intervalS = this.environment.HEALTH_INTERVAL_S;
    if (intervalS > 0) this.every(Math.min(LONGEST_TICK_MS, intervalS * 250), () => this.queueTests(intervalS));
    this.every(HOUR_MS, () => this.sayRotationDue());
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Queues the tests that are due. */
  async queueTests(intervalS: number): Promise<void> {
    await this.asOnlyOne(async (manager) => {
      const queued = await queueDueTests(manager, intervalS, BATCH);
      if (queued > 0) await manager.query(`SELECT pg_notify('stowage_operations', '')`);
    });
  }

  /** Says whose credentials have grown old, once for each set of credentials. */
  async sayRotationDue(): Promise<void> {
    await this.asOnlyOne(async (manager) => {
      const due = await announceRotations(manager);
      for (const { id, organization_id, age_days } of due) {
        await recordEvent(manager, {
          event: 'storage.credentials.rotation_due',
          organizationId: organization_id,
          storageConfigId: id,
          data: { age_days },
        });
      }
    });
  }

  private every(intervalMs: number, look: () => Promise<void>): void {
    const tick = (): void => {
      look().catch((error: unknown) => this.logger.warn(`Health checks are late: ${placeOf(error)}`));
    };
    this.timers.push(setInterval(tick, intervalMs));
  }

  /** One worker at a time; the others need not wait for what it does. */
  private async asOnlyOne(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [lock]: [{ acquired: boolean }] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS acquired', [
        LOOP_LOCK,
      ]);
      if (lock.acquired) await work(manager);
    });
  }
}

interface Aged {
  id: string;
  organization_id: string | null;
  age_days: number;
}

async function announceRotations(manager: EntityManager): Promise<Aged[]> {
  const [due]: [Aged[], number] = await manager.query(
    `UPDATE storage_configs SET rotation_announced_at = now()
      WHERE id IN (SELECT id FROM storage_configs
                    WHERE credentials_updated_at < now() - $1::interval
                      AND (rotation_announced_at IS NULL OR rotation_announced_at < credentials_updated_at)
                    ORDER BY credentials_updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id, organization_id, extract(day FROM now() - credentials_updated_at)::int AS age_days`,
    [ROTATION_AFTER, BATCH],
  );
  return due;
}
