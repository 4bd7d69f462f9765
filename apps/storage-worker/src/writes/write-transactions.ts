import { Injectable } from '@nestjs/common';
import { StowageError, type GatewayReply } from '@stowage/contracts';
import { RequestOutcomeEntity, PLATFORM_ID, type Tenant } from '@stowage/entities';
import { type EntityManager, QueryFailedError } from 'typeorm';
import { findOutcome, repeatOutcome } from './request-outcomes.js';
import { Turns } from './turns.js';
import type { WriteContext } from './write-context.js';
import { Tenants } from '../tenants/tenants.js';

/** Left for the commit itself: a gateway that gives up at the deadline finds the outcome, or may rely on there being none. */
const COMMIT_MARGIN_MS = 200;
const LONGEST_STATEMENT_MS = 5000;
const QUERY_CANCELED = '57014';

/**
 * Every write of configurations and settings is one transaction: the rows, the audit, the events and the outcome for the
 * gateway, or nothing. Writes of one organization come one after the other, so rules about all of its configs (one
 * default, a limit) need no further locks.
 */
@Injectable()
export class WriteTransactions {
  private readonly turns = new Turns();
  private readonly committed: ((organizationId: string | null) => void)[] = [];

  constructor(private readonly tenants: Tenants) {}

  /** @param listener called with the organization (null = the platform) after each commit, before its caller hears of it */
  onCommitted(listener: (organizationId: string | null) => void): void {
    this.committed.push(listener);
  }

  /**
   * A request that was delivered twice is done once: the second delivery repeats the first one's outcome.
   * @throws StowageError `request.expired` when the deadline came before the commit
   */
  async run<T>(
    context: WriteContext,
    organizationId: string | null,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const key = `storage_configs:${organizationId ?? PLATFORM_ID}`;
    // Among this worker's own requests in memory, so that those who wait hold no connection.
    const result = await this.turns.take(key, () => this.transact(context, organizationId, key, work));
    for (const listener of this.committed) listener(organizationId);
    return result;
  }

  private async transact<T>(
    context: WriteContext,
    organizationId: Tenant,
    key: string,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.tenants.run(organizationId, async (manager) => {
        await manager.query(`SET LOCAL statement_timeout = ${statementTimeout(context)}`);
        await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
        const earlier = await earlierOutcome<T>(manager, context, organizationId);
        if (earlier !== null) return repeatOutcome(earlier);
        const result = await work(manager);
        await recordOutcome(manager, context, organizationId, result);
        refuseIfLate(context);
        return result;
      });
    } catch (error) {
      throw wasCancelled(error) ? expired() : error;
    }
  }
}

async function earlierOutcome<T>(
  manager: EntityManager,
  { requestId }: WriteContext,
  organizationId: Tenant,
): Promise<GatewayReply<T> | null> {
  if (requestId === null) return null;
  return findOutcome<T>(manager, { request_id: requestId, organization_id: organizationId });
}

async function recordOutcome(
  manager: EntityManager,
  { requestId }: WriteContext,
  organizationId: Tenant,
  result: unknown,
): Promise<void> {
  if (requestId === null) return;
  const reply = { ok: true, result: result ?? null } as object;
  await manager.insert(RequestOutcomeEntity, { requestId, organizationId, reply });
}

function statementTimeout(context: WriteContext): number {
  refuseIfLate(context);
  if (context.deadline === null) return LONGEST_STATEMENT_MS;
  return Math.min(LONGEST_STATEMENT_MS, Math.ceil(context.deadline - COMMIT_MARGIN_MS - Date.now()));
}

function refuseIfLate({ deadline }: WriteContext): void {
  if (deadline !== null && Date.now() >= deadline - COMMIT_MARGIN_MS) throw expired();
}

function expired(): StowageError {
  return new StowageError('request.expired', 'The request took too long. Nothing was changed; try again.', {
    retryAfter: 1,
  });
}

function wasCancelled(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === QUERY_CANCELED;
}
