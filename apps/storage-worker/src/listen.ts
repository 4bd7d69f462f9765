import { once } from 'node:events';
import { createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { WorkerEnvironment } from './environment.js';

const DEFAULT_PORT = 3001;

/**
 * Serves health and metrics on the port that was set, or else on the default one; where that is taken, on a free one.
 * @returns the URL
 * @throws Error when a port that was set is taken
 */
export async function listen(
  app: NestFastifyApplication,
  { HTTP_HOST, WORKER_HTTP_PORT }: Pick<WorkerEnvironment, 'HTTP_HOST' | 'WORKER_HTTP_PORT'>,
): Promise<string> {
  await app.listen(WORKER_HTTP_PORT ?? (await freePort(HTTP_HOST)), HTTP_HOST);
  return app.getUrl();
}

async function freePort(host: string): Promise<number> {
  if (await isFree(DEFAULT_PORT, host)) return DEFAULT_PORT;
  new Logger('StorageWorker').warn(`Port ${DEFAULT_PORT} is taken; using a free one. Set WORKER_HTTP_PORT to choose.`);
  return 0;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
