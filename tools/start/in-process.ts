/**
 * Gateway and worker in one process over one in-process broker: a start on nothing but Node. For trying things out only:
 * a crash loses what waits in the broker, and other services cannot connect.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsoleLogger } from '@nestjs/common';
import { readEnvironment } from '@stowage/contracts';
import { InProcessBroker } from '@stowage/messaging';
import { createGateway } from '../../apps/gateway/src/create-gateway.js';
import { readGatewayEnvironment } from '../../apps/gateway/src/environment.js';
import { listen as listenAsGateway } from '../../apps/gateway/src/listen.js';
import { createWorker } from '../../apps/storage-worker/src/create-worker.js';
import { workerVariables } from '../../apps/storage-worker/src/environment.js';
import { listen as listenAsWorker } from '../../apps/storage-worker/src/listen.js';

const DRAIN_MS = 28_000;
/** Of the same build. */
const CONSOLE_FOLDER = join(import.meta.dirname, '../../apps/console');

if (process.env['NODE_ENV'] === 'production') {
  console.error('Without a message broker there is no production: set AMQP_URL.');
  process.exit(1);
}

const readFile = (path: string): string => readFileSync(path, 'utf8');
const workerEnvironment = readEnvironment(workerVariables(process.env), process.env, readFile);
const gatewayEnvironment = readGatewayEnvironment(process.env, readFile);
const logger = new ConsoleLogger({ json: true, logLevels: ['log', 'warn', 'error', 'fatal'] });
const broker = new InProcessBroker();

const worker = await createWorker({ environment: workerEnvironment, broker, logger });
await listenAsWorker(worker, workerEnvironment);
await worker.startAllMicroservices();
const gateway = await createGateway({ environment: gatewayEnvironment, broker, logger, consoleFolder: CONSOLE_FOLDER });
await listenAsGateway(gateway, gatewayEnvironment);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void drain());

async function drain(): Promise<void> {
  setTimeout(() => process.exit(1), DRAIN_MS).unref();
  await gateway.close();
  await worker.close();
  await broker.close();
  process.exit(0);
}
