import { Injectable } from '@nestjs/common';
import { type ErrorBody, type OperationKind, StowageError } from '@stowage/contracts';
import { inTenants, narrowTo, StorageOperationEntity } from '@stowage/entities';
import { DataSource, type EntityManager } from 'typeorm';
import { recordEvent } from '../outbox/outbox.js';
import { LEASE_SECONDS } from './fair-claim.js';
import { transactionDespiteRaces } from './transaction.js';

/** A run of an operation: after a takeover the fence is another, and what the old run brings is refused. */
export type Run = Pick<StorageOperationEntity, 'id' | 'fence'>;

/** The run is no longer this worker's: its lease ran out and somebody else has, or had, the operation. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor() {
    super('The lease of the operation was lost');
  }
}

type Ending =
  | { status: 'succeeded'; result: object; storageConfigId?: string }
  | { status: 'failed'; error: ErrorBody }
  | { status: 'cancelled' };

const ABANDONED_AT_ONCE = 200;
/** In one transaction: each may lock a config for its event. */
const EXPIRED_AT_ONCE = 50;

/**
 * The states of an operation once it is queued, each change one fenced transaction. Sealed credentials in the payload are
 * kept no longer than they are needed.
 */
@Injectable()
export class OperationQueue {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Extends the leases of what this worker runs.
   * @returns the runs that are still its own
   */
  async renew(runs: Run[]): Promise<{ id: string; cancelRequested: boolean }[]> {
    const [rows]: [{ id: string; cancelRequested: boolean }[], number] = await this.dataSource.query(
      `UPDATE storage_operations operation SET locked_until = now() + make_interval(secs => $3)
         FROM unnest($1::uuid[], $2::int[]) AS run (id, fence)
        WHERE operation.id = run.id AND operation.fence = run.fence AND operation.status = 'running'
      RETURNING operation.id, operation.cancel_requested AS "cancelRequested"`,
      [runs.map(({ id }) => id), runs.map(({ fence }) => fence), LEASE_SECONDS],
    );
    return rows;
  }

  async storeProgress({ id, fence }: Run, progress: { objects: number; bytes: number }): Promise<void> {
    await this.dataSource.query(
      `UPDATE storage_operations SET progress = $3 WHERE id = $1 AND fence = $2 AND status = 'running'`,
      [id, fence, JSON.stringify(progress)],
    );
  }

  /**
   * Ends a run and, in the same transaction, does what belongs to its end.
   * @throws LeaseLost and does nothing when the run is no longer the operation's
   */
  async end(
    { id, fence, organizationId }: Run & Pick<StorageOperationEntity, 'organizationId'>,
    ending: Ending,
    commit?: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await transactionDespiteRaces(this.dataSource, async (manager) => {
      // The end of an organization's operation writes its rows, and those of the platform's storage that it may use.
      if (organizationId !== null) await manager.query(narrowTo([organizationId, null]));
      const [, affected]: [unknown, number] = await manager.query(
        `UPDATE storage_operations
            SET status = $3, result = $4, error = $5, storage_config_id = coalesce(storage_config_id, $6),
                finished_at = now(), locked_until = NULL, payload = payload - 'credentials'
          WHERE id = $1 AND fence = $2 AND status = 'running'`,
        [
          id,
          fence,
          ending.status,
          ending.status === 'succeeded' ? JSON.stringify(ending.result) : null,
          ending.status === 'failed' ? JSON.stringify(ending.error) : null,
          ending.status === 'succeeded' ? (ending.storageConfigId ?? null) : null,
        ],
      );
      if (affected === 0) throw new LeaseLost();
      await commit?.(manager);
    });
  }

  /**
   * Lets another attempt follow. Should a newer test or refresh of the config wait meanwhile, the run joins that one.
   * @throws LeaseLost
   */
  async putBack(
    { id, fence }: Run,
    options: { delayMs: number; error?: ErrorBody; uncounted?: boolean },
  ): Promise<void> {
    await transactionDespiteRaces(this.dataSource, async (manager) => {
      if (await joinNewer(manager, { id, fence })) return;
      const [, affected]: [unknown, number] = await manager.query(
        `UPDATE storage_operations
            SET status = 'queued', locked_until = NULL, error = coalesce($4::jsonb, error),
                not_before = now() + make_interval(secs => $3::float8 / 1000),
                attempt = attempt - CASE WHEN $5 THEN 1 ELSE 0 END
          WHERE id = $1 AND fence = $2 AND status = 'running'`,
        [
          id,
          fence,
          options.delayMs,
          options.error === undefined ? null : JSON.stringify(options.error),
          options.uncounted ?? false,
        ],
      );
      if (affected === 0) throw new LeaseLost();
    });
  }

  /** Runs whose worker has not renewed its lease: it died, hangs, or cannot reach the database. */
  async abandoned(): Promise<StorageOperationEntity[]> {
    return this.dataSource
      .getRepository(StorageOperationEntity)
      .createQueryBuilder('operation')
      .where(`operation.status = 'running' AND operation.lockedUntil < now()`)
      .orderBy('operation.lockedUntil')
      .limit(ABANDONED_AT_ONCE)
      .getMany();
  }

  /**
   * Ends what was not begun by its deadline, and says so.
   */
  async expire(): Promise<Pick<StorageOperationEntity, 'id' | 'kind'>[]> {
    return this.dataSource.transaction(async (manager) => {
      const [expired]: [Expired[], number] = await manager.query(
        `UPDATE storage_operations SET status = 'expired', finished_at = now(), error = $1,
                payload = payload - 'credentials'
          WHERE id IN (SELECT id FROM storage_operations WHERE status = 'queued' AND deadline <= now()
                        ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, organization_id, storage_config_id, message_id, correlation_id, traceparent, tracestate`,
        [JSON.stringify(EXPIRED), EXPIRED_AT_ONCE],
      );
      for (const operation of expired) {
        await recordEvent(manager, {
          event: 'storage.command.expired',
          organizationId: operation.organization_id,
          storageConfigId: operation.storage_config_id,
          correlationId: operation.correlation_id ?? operation.message_id,
          trace: { traceparent: operation.traceparent, tracestate: operation.tracestate },
          data: {
            command_id: operation.message_id,
            key: operation.kind,
            error: { code: EXPIRED.code, detail: EXPIRED.detail },
          },
        });
      }
      return expired;
    });
  }

  /**
   * Cancels what waits at once and asks what runs to stop.
   * @returns the operation as it is now
   * @throws StowageError `operation.not_cancellable` when it has ended, `request.not_found` when the organization has no
   * such operation
   */
  async cancel(id: string, organizationId: string | null): Promise<StorageOperationEntity> {
    return inTenants(this.dataSource, [organizationId], async (manager) => {
      const operation = await manager.findOne(StorageOperationEntity, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      if (operation === null || operation.organizationId !== organizationId) {
        throw new StowageError('request.not_found', 'There is no such operation.');
      }
      if (operation.status !== 'queued' && operation.status !== 'running') {
        throw new StowageError('operation.not_cancellable', `The operation has ended: it is ${operation.status}.`);
      }
      operation.cancelRequested = true;
      if (operation.status === 'queued') {
        operation.status = 'cancelled';
        operation.finishedAt = new Date();
        delete operation.payload['credentials'];
      }
      return manager.save(operation);
    });
  }
}

interface Expired {
  id: string;
  kind: OperationKind;
  organization_id: string | null;
  storage_config_id: string | null;
  message_id: string;
  correlation_id: string | null;
  traceparent: string | null;
  tracestate: string | null;
}

const EXPIRED: ErrorBody = {
  code: 'operation.expired',
  detail: 'The deadline passed before the operation began.',
  retryable: false,
};

async function joinNewer(manager: EntityManager, { id, fence }: Run): Promise<boolean> {
  const [joined]: [{ superseded_by: string }[], number] = await manager.query(
    `UPDATE storage_operations operation
        SET status = 'superseded', superseded_by = waiting.id, finished_at = now(), locked_until = NULL
       FROM storage_operations waiting
      WHERE operation.id = $1 AND operation.fence = $2 AND operation.status = 'running'
        AND operation.kind IN ('storage.test', 'storage.usage.refresh')
        AND waiting.status = 'queued' AND waiting.kind = operation.kind AND waiting.tenant_id = operation.tenant_id
        AND waiting.storage_config_id = operation.storage_config_id
    RETURNING operation.superseded_by`,
    [id, fence],
  );
  const newer = joined[0]?.superseded_by;
  if (newer === undefined) return false;
  await manager.query('UPDATE storage_operations SET superseded_by = $2 WHERE superseded_by = $1', [id, newer]);
  return true;
}
