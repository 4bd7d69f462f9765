import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ErrorBody } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { Notifications } from '../notifications/notifications.js';
import { Lane } from './lane.js';
import { toOperationError } from './operation-error.js';
import { OperationHandlers } from './operation-handler.js';
import { OperationMetrics } from './operation-metrics.js';
import { LeaseLost, OperationQueue } from './operation-queue.js';
import { OperationReplies } from './operation-replies.js';
import { MAX_ATTEMPTS, retryDelayMs } from './retry-delay.js';
import { RunningOperation } from './running-operation.js';

const POLL_MS = 1000;
const RENEW_MS = 5000;
const LONG_SLOTS = 4;
// With what the broker's drain takes, this stays within the 30 s that a process is given to end.
const DRAIN_MS = 8000;

const GAVE_UP: ErrorBody = {
  code: 'request.internal',
  detail: 'The operation was begun several times and never ended.',
  retryable: false,
};

/** Runs what the queue holds: claims fairly, keeps the leases, retries, hands back at the end. */
@Injectable()
export class OperationRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OperationRunner.name);
  private readonly lanes: Lane[];
  private working = false;
  private claiming: Promise<void> | undefined;
  private claimAgain = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: OperationQueue,
    private readonly handlers: OperationHandlers,
    private readonly replies: OperationReplies,
    private readonly metrics: OperationMetrics,
    notifications: Notifications,
    @Inject(ENVIRONMENT) environment: WorkerEnvironment,
  ) {
    // Half of the probes are kept for people who wait for theirs.
    this.lanes = [
      new Lane('probe', Math.max(1, Math.floor(environment.PROBE_SLOTS / 2))),
      new Lane('long', LONG_SLOTS),
    ];
    notifications.listen('stowage_operations', () => {
      this.wake();
      this.keepLeasesSoon();
    });
  }

  onApplicationBootstrap(): void {
    this.working = true;
    this.timers = [setInterval(() => this.wake(), POLL_MS), setInterval(() => this.keepLeasesSoon(), RENEW_MS)];
    this.keepLeasesSoon();
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.working = false;
    for (const timer of this.timers) clearInterval(timer);
    await this.claiming;
    const ended = this.idle();
    const handBack = setTimeout(() => this.running().forEach((run) => run.stop('draining')), DRAIN_MS);
    await ended;
    clearTimeout(handBack);
    await this.replies.allSent();
  }

  /** Looks for work now, not at the next poll. */
  wake(): void {
    if (!this.working) return;
    if (this.claiming !== undefined) {
      this.claimAgain = true;
      return;
    }
    this.claiming = this.claim()
      .catch((error: unknown) => this.logger.warn(`Could not look for operations: ${nameOf(error)}`))
      .finally(() => {
        this.claiming = undefined;
        if (this.claimAgain) this.wake();
      });
  }

  private async claim(): Promise<void> {
    this.claimAgain = false;
    for (const id of await this.queue.expire()) this.replies.sendLater(id);
    for (const lane of this.lanes) {
      if (lane.free <= 0) continue;
      const claimed = await lane.claim.next(this.dataSource.manager, lane.free, (tenant) => lane.allowanceOf(tenant));
      for (const operation of claimed) void this.run(operation, lane);
    }
  }

  private async run(operation: StorageOperationEntity, lane: Lane): Promise<void> {
    const handler = this.handlers.of(operation.kind);
    const run = new RunningOperation(operation, handler.timeLimitMs, (progress) =>
      this.queue.storeProgress(operation, progress),
    );
    lane.running.set(operation.id, run);
    this.metrics.started(operation);
    try {
      const context = { signal: run.signal, progress: run.progress.bind(run) };
      const { commit, ...outcome } = await run.outcome(handler.run(operation, context));
      await this.queue.end(operation, { status: 'succeeded', ...outcome }, commit);
      this.metrics.ended(operation, 'succeeded');
    } catch (error) {
      await this.settleFailure(run, error).catch((problem: unknown) =>
        this.logger.warn(`${operation.kind} ${operation.id} is left to its lease: ${nameOf(problem)}`),
      );
    } finally {
      lane.running.delete(operation.id);
      this.wake();
    }
    this.replies.sendLater(operation.id);
  }

  private async settleFailure(run: RunningOperation, error: unknown): Promise<void> {
    const { operation, stopReason } = run;
    if (error instanceof LeaseLost || stopReason === 'lease lost') return;
    if (stopReason === 'cancelled') {
      await this.queue.end(operation, { status: 'cancelled' });
      return this.metrics.ended(operation, 'cancelled');
    }
    if (stopReason === 'draining') return this.queue.putBack(operation, { delayMs: 0, uncounted: true });

    const body = toOperationError(error);
    if (body.code === 'request.internal') {
      this.logger.error(`${operation.kind} ${operation.id} failed`, error instanceof Error ? error.stack : undefined);
    }
    if (body.retryable && operation.attempt < MAX_ATTEMPTS) {
      await this.queue.putBack(operation, { delayMs: retryDelayMs(operation.attempt), error: body });
      return this.metrics.ended(operation, 'queued');
    }
    await this.fail(operation, body);
  }

  private async fail(operation: StorageOperationEntity, error: ErrorBody): Promise<void> {
    const handler = this.handlers.of(operation.kind);
    await this.queue.end(operation, { status: 'failed', error }, (manager) =>
      Promise.resolve(handler.failed?.(manager, operation, error)),
    );
    this.metrics.ended(operation, 'failed');
  }

  private keepLeasesSoon(): void {
    void Promise.all([this.renewLeases(), this.takeOverAbandoned()]).catch((error: unknown) =>
      this.logger.warn(`Could not keep the leases: ${nameOf(error)}`),
    );
  }

  private async renewLeases(): Promise<void> {
    const runs = this.running();
    if (runs.length === 0) return;
    const ours = new Map(
      (await this.queue.renew(runs.map(({ operation }) => operation))).map((row) => [row.id, row.cancelRequested]),
    );
    for (const run of runs) {
      const cancelRequested = ours.get(run.operation.id);
      if (cancelRequested === undefined) run.stop('lease lost');
      else if (cancelRequested) run.stop('cancelled');
    }
  }

  private async takeOverAbandoned(): Promise<void> {
    if (!this.working) return;
    const abandoned = await this.queue.abandoned();
    for (const operation of abandoned) await this.takeOver(operation);
    if (abandoned.length > 0) this.wake();
  }

  private async takeOver(operation: StorageOperationEntity): Promise<void> {
    try {
      if (operation.cancelRequested) await this.queue.end(operation, { status: 'cancelled' });
      else if (operation.attempt >= MAX_ATTEMPTS) await this.fail(operation, GAVE_UP);
      else return await this.queue.putBack(operation, { delayMs: 0 });
      this.replies.sendLater(operation.id);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      // Another worker was quicker.
    }
  }

  private running(): RunningOperation[] {
    return this.lanes.flatMap((lane) => [...lane.running.values()]);
  }

  private async idle(): Promise<void> {
    while (this.running().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
