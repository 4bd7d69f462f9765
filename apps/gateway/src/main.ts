import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsoleLogger } from '@nestjs/common';
import { EnvironmentError, nestLogLevels, placeOf, readEnvironment, required } from '@stowage/contracts';
import { AmqpBroker } from '@stowage/messaging';
import { startTracing } from '@stowage/telemetry';
import { createGateway } from './create-gateway.js';
import { gatewayVariables } from './environment.js';
import { listen } from './listen.js';

/** Beside the gateway in dist/apps. */
const CONSOLE_FOLDER = join(import.meta.dirname, '../../console');
/** Kubernetes and docker send SIGKILL after 30 s. */
const DRAIN_MS = 28_000;

async function main(): Promise<void> {
  const environment = readVariables();
  const logger = new ConsoleLogger({ json: true, logLevels: nestLogLevels(environment.LOG_LEVEL) });
  const tracing = await startTracing({
    service: 'gateway',
    endpoint: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    logger,
  });
  const broker = tracing.broker(new AmqpBroker({ url: environment.AMQP_URL, name: 'gateway', logger }));
  const app = await createGateway({ environment, broker, logger, consoleFolder: CONSOLE_FOLDER });
  const url = await listen(app, environment);
  logger.log(`Listening on ${url}`, 'Gateway');

  let draining = false;
  const drain = async (signal: string): Promise<void> => {
    if (draining) return;
    draining = true;
    logger.log(`${signal}: finishing what runs`, 'Gateway');
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
    await app.close();
    await broker.close();
    await tracing.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void drain(signal));
}

function readVariables() {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const variables = {
    ...gatewayVariables(process.env, readFile),
    AMQP_URL: required('e.g. amqp://gateway:password@host:5672; `npm start` finds or starts a broker'),
  };
  return readEnvironment(variables, process.env, readFile);
}

main().catch((error: unknown) => {
  const reason = error instanceof EnvironmentError ? error.message : placeOf(error);
  process.stderr.write(`The gateway cannot start. ${reason}\n`);
  process.exit(1);
});
