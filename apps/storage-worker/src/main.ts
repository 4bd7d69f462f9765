import { readFileSync } from 'node:fs';
import { ConsoleLogger } from '@nestjs/common';
import { EnvironmentError, nestLogLevels, placeOf, readEnvironment, required } from '@stowage/contracts';
import { AmqpBroker, storageTopology } from '@stowage/messaging';
import { startTracing } from '@stowage/telemetry';
import { createWorker } from './create-worker.js';
import { workerVariables } from './environment.js';
import { KeyCheckError } from './keys/check-keys.js';
import { listen } from './listen.js';
import { ServiceRegistry } from './service-registry/service-registry.js';

/** Kubernetes and docker send SIGKILL after 30 s. */
const DRAIN_MS = 28_000;

async function main(): Promise<void> {
  const environment = readVariables();
  const logger = new ConsoleLogger({ json: true, logLevels: nestLogLevels(environment.LOG_LEVEL) });
  const tracing = await startTracing({
    service: 'storage-worker',
    endpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    logger,
  });
  const amqp = new AmqpBroker({
    url: environment.AMQP_URL,
    name: 'storage-worker',
    topology: storageTopology(),
    // Asked only when there is a message to answer: the application exists by then.
    mayReplyTo: (replyTo, userId) => app.get(ServiceRegistry, { strict: false }).mayReplyTo(replyTo, userId),
    logger,
  });
  const broker = tracing.broker(amqp);
  const app = await createWorker({ environment, broker, logger });
  const url = await listen(app, environment);
  await app.startAllMicroservices();
  logger.log(`Serving; health and metrics on ${url}`, 'StorageWorker');

  let draining = false;
  const drain = async (signal: string): Promise<void> => {
    if (draining) return;
    draining = true;
    logger.log(`${signal}: finishing what runs`, 'StorageWorker');
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    await app.close();
    await broker.close();
    await tracing.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void drain(signal));
}

function readVariables() {
  const variables = {
    ...workerVariables(process.env),
    AMQP_URL: required('e.g. amqp://storage-worker:password@host:5672; `npm start` finds or starts a broker'),
  };
  return readEnvironment(variables, process.env, (path) => readFileSync(path, 'utf8'));
}

main().catch((error: unknown) => {
  const reason = error instanceof EnvironmentError || error instanceof KeyCheckError ? error.message : placeOf(error);
  process.stderr.write(`The storage worker cannot start. ${reason}\n`);
  process.exit(1);
});
