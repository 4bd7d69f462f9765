import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { GatewayScanReport } from '@stowage/contracts';
import { PLATFORM_ID, TestAttemptEntity } from '@stowage/entities';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { Worker } from '../worker/worker.js';
import { type Attempt, refuseIfTooMany, refuseScan, ScanSuspected, turnsOf } from './rates.js';
import { type RatedTest, TestRates } from './test-rates.js';
import type { TestTarget } from './test-target.js';

/** Each attempt takes old ones with it, more than one so that they become fewer. */
const FORGOTTEN_AT_ONCE = 20;

/** The rates as all gateways together keep them, counted in the database. */
@Injectable()
export class SharedTestRates extends TestRates {
  private readonly logger = new Logger(SharedTestRates.name);

  constructor(
    private readonly database: Database,
    private readonly worker: Worker,
  ) {
    super();
  }

  override async during<T>(test: RatedTest, run: () => Promise<T>): Promise<T> {
    const id = await this.admit(test);
    try {
      return await run();
    } finally {
      await this.release(id);
    }
  }

  private async admit(test: RatedTest): Promise<string> {
    const id = randomUUID();
    const attempt = attemptOf(test);
    try {
      await this.database.writeRates(async (manager) => {
        await takeTurns(manager, turnsOf(attempt));
        await refuseIfTooMany(manager, attempt);
        await refuseScan(manager, attempt);
        await forgetOld(manager);
        await manager.query(
          `INSERT INTO test_attempts (id, user_id, tenant_id, host, port, leased_until)
           VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))`,
          [id, attempt.userId, attempt.tenantId, attempt.host, attempt.port, test.longestMs / 1000],
        );
      });
    } catch (error) {
      if (error instanceof ScanSuspected) await this.reportScan(test, error.target);
      throw error;
    }
    return id;
  }

  /** What is not released here ends with its lease. */
  private async release(id: string): Promise<void> {
    try {
      await this.database.writeRates((manager) =>
        manager.update(TestAttemptEntity, { id }, { leasedUntil: () => 'clock_timestamp()' }),
      );
    } catch {
      this.logger.warn(`The test ${id} counts as running until its lease ends`);
    }
  }

  /** The refusal stands whether or not the audit can be written now: the next attempt reports again. */
  private async reportScan({ from, organizationId }: RatedTest, scan: TestTarget): Promise<void> {
    try {
      const report: GatewayScanReport = from.asking({ organization_id: organizationId, scan });
      await this.worker.write('egress.report_scan', report);
    } catch {
      this.logger.warn(`A suspected scan of ${organizationId ?? 'the platform'} is not in the audit`);
    }
  }
}

function attemptOf({ from, organizationId, target }: RatedTest): Attempt {
  return {
    userId: from.caller.id,
    tenantId: organizationId ?? PLATFORM_ID,
    host: target?.host ?? null,
    port: target?.port ?? null,
  };
}

/** All in the same order, so that two attempts cannot wait for each other. */
async function takeTurns(manager: EntityManager, turns: string[]): Promise<void> {
  await manager.query(
    `SELECT pg_advisory_xact_lock(key) FROM
       (SELECT DISTINCT hashtextextended(turn, 0) AS key FROM unnest($1::text[]) AS turn ORDER BY 1) AS ordered`,
    [turns],
  );
}

async function forgetOld(manager: EntityManager): Promise<void> {
  await manager.query(
    `DELETE FROM test_attempts WHERE id IN
       (SELECT id FROM test_attempts WHERE started_at < clock_timestamp() - interval '1 hour'
         ORDER BY started_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [FORGOTTEN_AT_ONCE],
  );
}
