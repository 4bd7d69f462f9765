import { placeOf } from '@stowage/contracts';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ErrorBody, OperationStatus } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import { currentTrace, failSpan, inSpan, spanOfWork } from '@stowage/telemetry';
import { DataSource } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { WorkerEnvironment } from '../environment.js';
import { Notifications } from '../notifications/notifications.js';
import type { ClaimedOperation } from './fair-claim.js';
import { Lane, LONG_SLOTS } from './lane.js';
import { toOperationError } from './operation-error.js';
import { OperationHandlers } from './operation-handler.js';
import { OperationMetrics } from './operation-metrics.js';
import { LeaseLost, OperationQueue } from './operation-queue.js';
import { OperationReplies } from './operation-replies.js';
import { MAX_ATTEMPTS, retryDelayMs } from './retry-delay.js';
import { RunningOperation } from './running-operation.js';

/** What a notification says; an empty one may mean anything. */
export const QUEUED = 'queued';
export const CANCEL = 'cancel';

const POLL_MS = 1000;
const RENEW_MS = 5000;
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
  private expiring: Promise<void> | undefined;
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
    metrics.watchLanes(this.lanes);
    notifications.listen('stowage_operations', (payload) => {
      // A flood queues many times a second; the leases are looked at only for what is to stop.
      if (payload !== CANCEL) this.wake();
      if (payload !== QUEUED) this.keepLeasesSoon();
    });
  }

  onApplicationBootstrap(): void {
    this.working = true;
    this.timers = [
      setInterval(() => this.wake(), POLL_MS),
      setInterval(() => this.expireSoon(), POLL_MS),
      setInterval(() => this.keepLeasesSoon(), RENEW_MS),
    ];
    this.keepLeasesSoon();
    this.expireSoon();
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.working = false;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([this.claiming, this.expiring]);
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
    this.claiming = this.claimInAll();
  }

  /** Never rejects. */
  private async claimInAll(): Promise<void> {
    this.claimAgain = false;
    await Promise.all(this.lanes.map((lane) => this.claim(lane)));
    this.claiming = undefined;
    if (this.claimAgain) this.wake();
  }

  /** Never rejects. The lanes claim side by side: under load each round trip waits for a turn of the event loop. */
  private async claim(lane: Lane): Promise<void> {
    if (lane.free <= 0) return;
    try {
      for (const claimed of await lane.claim.next(this.dataSource.manager, lane)) {
        void inSpan(...spanOfWork(claimed.operation), () => this.run(claimed, lane));
      }
    } catch (error) {
      this.logger.warn(`Could not look for operations: ${placeOf(error)}`);
    }
  }

  /** Beside the claims, which pass over what has expired: nobody waits for a flood of another to be put away. */
  private expireSoon(): void {
    this.expiring ??= this.expire()
      .catch((error: unknown) => this.logger.warn(`Could not expire operations: ${placeOf(error)}`))
      .finally(() => (this.expiring = undefined));
  }

  private async expire(): Promise<void> {
    for (let expired = await this.queue.expire(); expired.length > 0; expired = await this.queue.expire()) {
      for (const { id, kind } of expired) {
        this.metrics.expired(kind);
        this.replies.sendLater(id);
      }
      if (!this.working) return;
    }
  }

  private async run({ operation, host }: ClaimedOperation, lane: Lane): Promise<void> {
    // What the run decides belongs to the run.
    operation.trace = currentTrace() ?? operation.trace;
    const begun = performance.now();
    const handler = this.handlers.of(operation.kind);
    const run = new RunningOperation(operation, host, handler.timeLimitMs, (progress) =>
      this.queue.storeProgress(operation, progress),
    );
    lane.running.set(operation.id, run);
    this.metrics.started(operation);
    try {
      const context = { signal: run.signal, progress: run.progress.bind(run) };
      const { commit, ...outcome } = await run.outcome(handler.run(operation, context));
      await this.queue.end(operation, { status: 'succeeded', ...outcome }, commit);
      this.metrics.ended(operation, 'succeeded', secondsSince(begun));
    } catch (error) {
      const outcome = await this.settleFailure(run, error).catch((problem: unknown) =>
        this.logger.warn(`${operation.kind} ${operation.id} is left to its lease: ${placeOf(problem)}`),
      );
      if (outcome) this.metrics.ended(operation, outcome, secondsSince(begun));
    } finally {
      lane.running.delete(operation.id);
      this.wake();
    }
    this.replies.sendLater(operation.id);
  }

  /** @returns what it came to; nothing where the run was no longer this worker's, or is handed back uncounted */
  private async settleFailure(run: RunningOperation, error: unknown): Promise<OperationStatus | undefined> {
    const { operation, stopReason } = run;
    if (error instanceof LeaseLost || stopReason === 'lease lost') return undefined;
    if (stopReason === 'cancelled') {
      await this.queue.end(operation, { status: 'cancelled' });
      return 'cancelled';
    }
    if (stopReason === 'draining') {
      await this.queue.putBack(operation, { delayMs: 0, uncounted: true });
      return undefined;
    }
    const body = toOperationError(error);
    failSpan(body.code);
    if (body.code === 'request.internal') {
      this.logger.error(`${operation.kind} ${operation.id} failed: ${placeOf(error)}`);
    }
    if (body.retryable && operation.attempt < MAX_ATTEMPTS) {
      await this.queue.putBack(operation, { delayMs: retryDelayMs(operation.attempt), error: body });
      return 'queued';
    }
    await this.fail(operation, body);
    return 'failed';
  }

  private async fail(operation: StorageOperationEntity, error: ErrorBody): Promise<void> {
    const handler = this.handlers.of(operation.kind);
    await this.queue.end(operation, { status: 'failed', error }, (manager) =>
      Promise.resolve(handler.failed?.(manager, operation, error)),
    );
  }

  private keepLeasesSoon(): void {
    void Promise.all([this.renewLeases(), this.takeOverAbandoned()]).catch((error: unknown) =>
      this.logger.warn(`Could not keep the leases: ${placeOf(error)}`),
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
      if (!operation.cancelRequested && operation.attempt < MAX_ATTEMPTS) {
        return await this.queue.putBack(operation, { delayMs: 0 });
      }
      if (operation.cancelRequested) await this.queue.end(operation, { status: 'cancelled' });
      else await this.fail(operation, GAVE_UP);
      this.metrics.ended(operation, operation.cancelRequested ? 'cancelled' : 'failed');
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

const secondsSince = (begun: number): number => (performance.now() - begun) / 1000;
