import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { System } from '../system/index.js';

/** A dozen may be started at once. */
const MOST_SECONDS = 60;

export interface Ending {
  /** Null: a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** Starts one more process of the system with something wrong in its environment, and waits for its end. */
export function startWrongly(
  system: System,
  app: 'gateway' | 'storage-worker',
  environment: Record<string, string | undefined>,
): Promise<Ending> {
  const ours =
    app === 'gateway'
      ? { ...system.secrets.gatewayEnvironment, AMQP_URL: system.gatewayAmqpUrl, HTTP_PORT: '0' }
      : { ...system.secrets.workerEnvironment, AMQP_URL: system.workerAmqpUrl, WORKER_HTTP_PORT: '0' };
  return new Promise((resolve, reject) => {
    const output: Buffer[] = [];
    const child = spawn(process.execPath, [join(process.cwd(), 'dist', 'apps', app, 'src', 'main.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], DATABASE_URL: system.databaseUrl, ...ours, ...environment },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_SECONDS * 1000);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, output: Buffer.concat(output).toString() });
    });
  });
}
