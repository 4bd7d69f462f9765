import type { OperationKind } from '@stowage/contracts';
import { generateWorkerKeys, generateKeyring, LocalKeyring } from '@stowage/encryption';
import { createDataSource } from '@stowage/entities';
import { InProcessBroker } from '@stowage/messaging';
import type { DataSource } from 'typeorm';
import type { WorkerEnvironment } from '../environment.js';
import { Keys } from '../keys/keys.js';
import { Metrics } from '../metrics/metrics.js';
import { Notifications } from '../notifications/notifications.js';
import { type OperationHandler, OperationHandlers } from '../operations/operation-handler.js';
import { OperationMetrics } from '../operations/operation-metrics.js';
import { OperationQueue } from '../operations/operation-queue.js';
import { OperationReplies } from '../operations/operation-replies.js';
import { OperationRunner } from '../operations/operation-runner.js';
import { OperationsService } from '../operations/operations.service.js';
import { type RegisteredService, ServiceRegistry } from '../service-registry/service-registry.js';

export interface OperationsWorker {
  dataSource: DataSource;
  broker: InProcessBroker;
  queue: OperationQueue;
  operations: OperationsService;
  /** As Prometheus would be told now. */
  scrape(): Promise<string>;
  /** Begins to run what is queued. */
  start(): Promise<void>;
  /** Drains, as at SIGTERM. */
  stop(): Promise<void>;
}

/** The operations of one worker, wired by hand: as many as a test likes, on one database. A deaf one hears no notification. */
export async function operationsWorker(
  databaseUrl: string,
  run: Partial<Record<OperationKind, OperationHandler['run']>>,
  options: { services?: RegisteredService[]; probeSlots?: number; deaf?: boolean } = {},
): Promise<OperationsWorker> {
  const dataSource = await createDataSource({
    url: databaseUrl,
    as: 'owner',
    applicationName: 'test worker',
  }).initialize();
  const broker = new InProcessBroker();
  const handlers = new OperationHandlers();
  for (const [kind, work] of Object.entries(run)) {
    handlers.register({ kind: kind as OperationKind, timeLimitMs: 30_000, run: work });
  }
  const keys = new Keys(new LocalKeyring(generateKeyring()), generateWorkerKeys());
  const queue = new OperationQueue(dataSource);
  const replies = new OperationReplies(dataSource, keys, new ServiceRegistry(options.services ?? []), broker);
  const notifications = new Notifications(dataSource);
  const environment = { PROBE_SLOTS: options.probeSlots ?? 8 } as WorkerEnvironment;
  const registered = new Metrics(broker);
  const metrics = new OperationMetrics(registered, dataSource);
  const runner = new OperationRunner(dataSource, queue, handlers, replies, metrics, notifications, environment);
  return {
    dataSource,
    broker,
    queue,
    operations: new OperationsService(dataSource, queue, runner, replies),
    scrape: () => registered.registry.metrics(),
    start: async () => {
      if (!options.deaf) await notifications.onApplicationBootstrap();
      runner.onApplicationBootstrap();
    },
    stop: async () => {
      await runner.beforeApplicationShutdown();
      await notifications.onApplicationShutdown();
      await broker.close();
      await dataSource.destroy();
    },
  };
}
