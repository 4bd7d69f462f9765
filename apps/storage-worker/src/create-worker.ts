import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type CommandName, EXCHANGES, QUEUES } from '@stowage/contracts';
import { BrokerTransport } from '@stowage/messaging/nest';
import { WorkerModule, type WorkerOptions } from './app.module.js';
import { CommandIntake } from './commands/command-intake.js';
import { DatabaseAway } from './database-away.js';
import { MessageMetrics } from './metrics/message-metrics.js';
import { Readiness } from './readiness/readiness.js';
import { ServiceReplies } from './rpc/service-replies.js';

/**
 * Messages at once. Commands and backup events are taken in batches; a probe is as long as it is, so it waits outside.
 * Of commands, three workers hold a flood of 10 000, which others overtake here and could not in the queue.
 */
const PREFETCH = { [QUEUES.commands]: 4000, [QUEUES.backupEvents]: 200, [QUEUES.rpc]: 100, [QUEUES.gateway]: 50 };
/** Two batches of one organization, and room for a batch of others beside. */
const TURNS = { [QUEUES.commands]: { atOnce: 600, perKey: 400 } };

export interface CreateWorkerOptions extends WorkerOptions {
  logger?: LoggerService | false;
}

/**
 * The worker, its keys checked: `startAllMicroservices()` begins to consume, `listen()` serves health and metrics. The
 * broker stays the caller's to close, after the application.
 */
export async function createWorker({ logger, ...options }: CreateWorkerOptions): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(options),
    new FastifyAdapter({ forceCloseConnections: 'idle' }),
    { logger, bodyParser: false, abortOnError: false },
  );
  await prepareWorker(app, options);
  return app;
}

/** Connects the application to its broker and runs its boot checks. */
export async function prepareWorker(
  app: NestFastifyApplication,
  { broker, environment }: WorkerOptions,
): Promise<void> {
  const transport = new BrokerTransport({
    broker,
    prefetch: { ...PREFETCH, [QUEUES.probe]: environment.PROBE_SLOTS },
    turns: TURNS,
    observer: app.get(MessageMetrics, { strict: false }),
    explain: (error) => app.get(DatabaseAway).explain(error),
    answerServiceError: (error, context) => app.get(ServiceReplies, { strict: false }).refuse(error, context),
    // Of a report nobody waits to hear; its dead letter is all.
    refuseUnread: async (error, context) => {
      const { exchange, routing_key } = context.envelope;
      if (exchange !== EXCHANGES.commands) return;
      await app.get(CommandIntake, { strict: false }).refuseUnread(routing_key as CommandName, error, context);
    },
  });
  app.connectMicroservice({ strategy: transport }, { inheritAppConfig: true });
  app.get(Readiness, { strict: false }).watch(transport);
  await app.init();
}
