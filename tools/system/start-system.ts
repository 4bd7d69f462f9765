import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import type { OrganizationPermission } from '@stowage/contracts';
import { ORGANIZATION_PERMISSIONS } from '@stowage/contracts';
import { definitions } from '@stowage/messaging';
import { signDevelopmentToken } from '@stowage/permissions';
import { LeashedProcess } from '../servers/leashed-process.js';
import { freePort } from '../servers/ports.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { type Rabbitmq, startPostgres, startRabbitmq } from '../servers/index.js';
import type { Definitions } from '../servers/rabbitmq.js';
import { run } from '../servers/run.js';
import { type SystemSecrets, writeSecrets } from './secrets.js';

const READY_SECONDS = 30;

export interface SystemOptions {
  gateways?: number;
  workers?: number;
  /** Added to the environment of every gateway and worker. */
  environment?: Record<string, string>;
  /** Of whoever ends and restarts them in between; they are not stopped with the system. Default: private ones. */
  servers?: { databaseUrl: string; startBroker(definitions: Definitions): Promise<Rabbitmq> };
}

/** A gateway or worker of the build in dist/, as its own operating system process. */
export interface SystemProcess {
  name: string;
  /** `http://127.0.0.1:<port>` of its REST interface, or of its health and metrics. */
  url: string;
  process: LeashedProcess;
}

/** Real processes on a real database and a real broker, all of them private to whoever started them. */
export interface System {
  gateways: SystemProcess[];
  workers: SystemProcess[];
  /** `http://…/api/v1/backups` of the first gateway. */
  api: string;
  databaseUrl: string;
  broker: Rabbitmq;
  /** As the registered service `backup-service`. */
  serviceAmqpUrl: string;
  workerAmqpUrl: string;
  gatewayAmqpUrl: string;
  secrets: SystemSecrets;
  directory: string;
  token(
    organizations: Record<string, OrganizationPermission[] | 'all'>,
    options?: { platform?: boolean; user?: string },
  ): Promise<string>;
  /** @param environment added to that of every process */
  startGateway(environment?: Record<string, string>): Promise<SystemProcess>;
  /** @param environment added to that of every process */
  startWorker(environment?: Record<string, string>): Promise<SystemProcess>;
  /** All that the processes have logged. */
  logs(): string;
  stop(): Promise<void>;
}

/** Needs a build (`npm run build`) and RabbitMQ; takes PostgreSQL from DATABASE_URL, or starts its own. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const directory = makePrivateDirectory('system');
  const cleanups: (() => Promise<void> | void)[] = [() => removePrivateDirectory(directory)];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  };
  try {
    const users = brokerUsers();
    const secrets = writeSecrets(directory, 'backup');
    const brokerDefinitions = definitions({ users: Object.values(users) });
    const [databaseUrl, broker] = await Promise.all([
      options.servers?.databaseUrl ?? makeDatabase(cleanups),
      options.servers?.startBroker(brokerDefinitions) ?? startRabbitmq({ definitions: brokerDefinitions }),
    ]);
    if (!options.servers) cleanups.push(() => broker.stop());
    await run(process.execPath, [built('storage-worker', 'migrate')], {
      env: { ...process.env, DATABASE_URL: databaseUrl },
    });

    const amqpUrl = ({ name, password }: { name: string; password: string }) =>
      `amqp://${name}:${password}@${broker.host}:${broker.port}`;
    const launched: SystemProcess[] = [];
    const launch = async (name: string, app: 'gateway' | 'storage-worker', environment: Record<string, string>) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const child = new LeashedProcess({
        name,
        command: process.execPath,
        args: [built(app, 'main')],
        logFile: join(directory, `${name}.log`),
        graceSeconds: 35,
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: databaseUrl,
          [app === 'gateway' ? 'HTTP_PORT' : 'WORKER_HTTP_PORT']: String(port),
          EGRESS_ALLOW_LOOPBACK: 'true',
          HEALTH_INTERVAL_S: '0',
          ...options.environment,
          ...environment,
        },
      });
      const started = { name, url, process: child };
      launched.push(started);
      cleanups.push(() => child.stop());
      await child.ready(() => isReady(url), READY_SECONDS);
      return started;
    };
    const gateways: SystemProcess[] = [];
    const workers: SystemProcess[] = [];
    // Begun, not ready: two that start at the same time have a name and a log each.
    const begun = { gateways: 0, workers: 0 };
    const startWorker = async (added: Record<string, string> = {}): Promise<SystemProcess> => {
      const environment = { ...secrets.workerEnvironment, AMQP_URL: amqpUrl(users.worker) };
      const worker = await launch(`worker-${++begun.workers}`, 'storage-worker', { ...environment, ...added });
      workers.push(worker);
      return worker;
    };
    const startGateway = async (added: Record<string, string> = {}): Promise<SystemProcess> => {
      const environment = { ...secrets.gatewayEnvironment, AMQP_URL: amqpUrl(users.gateway) };
      const gateway = await launch(`gateway-${++begun.gateways}`, 'gateway', { ...environment, ...added });
      gateways.push(gateway);
      return gateway;
    };
    for (let count = 0; count < (options.workers ?? 1); count++) await startWorker();
    for (let count = 0; count < (options.gateways ?? 1); count++) await startGateway();
    return {
      gateways,
      workers,
      api: `${gateways[0]?.url ?? ''}/api/v1/backups`,
      databaseUrl,
      broker,
      serviceAmqpUrl: amqpUrl(users.service),
      workerAmqpUrl: amqpUrl(users.worker),
      gatewayAmqpUrl: amqpUrl(users.gateway),
      secrets,
      directory,
      token: (organizations, { platform = false, user = 'tester' } = {}) =>
        tokenOf(secrets.jwtSecret, organizations, platform, user),
      startGateway,
      startWorker,
      logs: () => launched.map(({ process: child }) => child.log).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function built(app: string, entry: string): string {
  return join(process.cwd(), 'dist', 'apps', app, 'src', `${entry}.js`);
}

function brokerUsers() {
  const user = <R extends 'storage-worker' | 'gateway' | 'service'>(name: string, role: R) => ({
    name,
    role,
    password: randomBytes(12).toString('hex'),
  });
  return {
    worker: user('storage-worker', 'storage-worker'),
    gateway: user('gateway', 'gateway'),
    service: user('backup', 'service'),
  };
}

async function makeDatabase(cleanups: (() => Promise<void> | void)[]): Promise<string> {
  const name = `system_${randomBytes(6).toString('hex')}`;
  const given = process.env['DATABASE_URL'];
  if (!given) {
    const server = await startPostgres();
    cleanups.push(() => server.stop());
    return server.createDatabase(name);
  }
  await onServer(given, `CREATE DATABASE ${name}`);
  cleanups.push(() => onServer(given, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return Object.assign(new URL(given), { pathname: `/${name}` }).href;
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

function tokenOf(
  secret: string,
  organizations: Record<string, OrganizationPermission[] | 'all'>,
  platform: boolean,
  user: string,
) {
  return signDevelopmentToken({
    secret,
    subject: user,
    organizations: Object.fromEntries(
      Object.entries(organizations).map(([id, codes]) => [id, codes === 'all' ? [...ORGANIZATION_PERMISSIONS] : codes]),
    ),
    platform: platform ? ['platform.storage.update'] : [],
  });
}
