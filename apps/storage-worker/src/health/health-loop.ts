import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { recordEvent } from '../outbox/outbox.js';
import { queueDueTests } from './queue-health-tests.js';

const LONGEST_TICK_MS = 30_000;
// 500 in 30 s is 1.4 million a day: no more at once, so that tests of a large platform spread by themselves.
const BATCH = 500;
const ROTATION_AFTER = '90 days';
// pg_try_advisory_xact_lock key: one worker at a time looks for what is due.
const LOOP_LOCK = 7_301_002;

/** Re-tests what is stored, so that a storage that stopped working is known before the next backup needs it. */
@Injectable()
export class HealthLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HealthLoop.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(ENVIRONMENT) private readonly environment: WorkerEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    const intervalS = this.environment.HEALTH_INTERVAL_S;
    if (intervalS === 0) return;
    const tick = (): void => {
      this.look(intervalS).catch((error: unknown) => this.logger.warn(`Health checks are late: ${String(error)}`));
    };
    this.timer = setInterval(tick, Math.min(LONGEST_TICK_MS, intervalS * 250));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Queues the tests that are due and says whose credentials have grown old. */
  async look(intervalS: number): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [lock]: [{ acquired: boolean }] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS acquired', [
        LOOP_LOCK,
      ]);
      if (!lock.acquired) return;
      await queueDueTests(manager, intervalS, BATCH);
      await sayRotationDue(manager);
    });
  }
}

/** Once for each set of credentials. */
async function sayRotationDue(manager: EntityManager): Promise<void> {
  const [due]: [{ id: string; organization_id: string | null; age_days: number }[], number] = await manager.query(
    `UPDATE storage_configs SET rotation_announced_at = now()
      WHERE id IN (SELECT id FROM storage_configs
                    WHERE credentials_updated_at < now() - $1::interval
                      AND (rotation_announced_at IS NULL OR rotation_announced_at < credentials_updated_at)
                    ORDER BY credentials_updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id, organization_id, extract(day FROM now() - credentials_updated_at)::int AS age_days`,
    [ROTATION_AFTER, BATCH],
  );
  for (const { id, organization_id, age_days } of due) {
    await recordEvent(manager, {
      event: 'storage.credentials.rotation_due',
      organizationId: organization_id,
      storageConfigId: id,
      data: { age_days },
    });
  }
}
