import { migrate } from '@stowage/entities';
import { ORGANIZATION_PERMISSIONS } from '@stowage/contracts';
import { signDevelopmentToken } from '@stowage/permissions';
import { generateHostKey } from '../sandbox/sftp-sandbox.js';
import { startSandbox, type Sandbox } from '../sandbox/start-sandbox.js';
import { startApplication, type Application } from './applications.js';
import { applicationEnvironment } from './application-environment.js';
import { banner } from './banner.js';
import { findBroker } from './broker/find-broker.js';
import type { MessageBroker } from './broker/message-broker.js';
import { choosePort, freePortNear } from './choose-port.js';
import { DataDirectory } from './data-directory.js';
import { findDatabase } from './database/find-database.js';
import { sandboxEndpoints } from './sandbox-storages.js';
import { refuseToLoseTheKeyring, secretFiles, type SecretFiles } from './secret-files.js';
import { writeRunningEnvironment } from './running-environment.js';
import type { Settings } from './settings.js';
import type { Stoppables } from './stoppables.js';

const DEFAULT_PORTS = { gateway: 3000, worker: 3001, s3: 9010, sftp: 2022, ftp: 2021 };

type Say = (line: string) => void;

/** Starts everything, in the order in which one needs the other, and says when it is ready. */
export async function start(settings: Settings, stoppables: Stoppables, say: Say): Promise<{ ended: Promise<string> }> {
  const data = new DataDirectory(settings.dataDirectory);
  stoppables.add('data directory', () => data.release());

  const ports = {
    gateway: await choosePort('HTTP_PORT', settings.gatewayPort, DEFAULT_PORTS.gateway, say),
    worker: await choosePort('WORKER_HTTP_PORT', settings.workerPort, DEFAULT_PORTS.worker, say),
  };
  const database = await findDatabase(settings, data, say);
  stoppables.add('database', () => database.stop());
  say(`Database: ${database.description}`);
  const { applied } = await migrate(database.ownerUrl);
  if (applied.length > 0) say(`Migrated: ${applied.join(', ')}`);

  const broker = await findBroker(settings, data, say);
  if (broker.kind === 'rabbitmq') stoppables.add('broker', () => broker.stop());
  say(`Broker: ${broker.kind === 'rabbitmq' ? broker.description : 'in-process'}`);

  const serviceUser = broker.kind === 'rabbitmq' ? broker.serviceUser : 'backup';
  if (!process.env['ENCRYPTION_KEYRING_FILE']) await refuseToLoseTheKeyring(data, database.ownerUrl);
  const secrets = secretFiles(data, serviceUser);
  const sandbox = settings.withSandbox ? await openSandbox(data, say) : null;
  if (sandbox) stoppables.add('sandbox', () => sandbox.stop());

  const applications = applicationsOf({
    isProduction: settings.isProduction,
    broker,
    secrets,
    sandbox,
    ports,
    databases: await database.applicationUrls(),
  });
  const running = [];
  for (const application of applications) {
    const started = await startApplication(application, data, say);
    stoppables.add(application.name, () => started.stop());
    running.push(started.exited.then(() => application.name));
  }
  const forget = writeRunningEnvironment(data.path, {
    DATABASE_URL: database.ownerUrl,
    ENCRYPTION_KEYRING_FILE: secrets.environment['ENCRYPTION_KEYRING_FILE']!,
    ...(broker.kind === 'rabbitmq' && { AMQP_URL: broker.urlOf('storage-worker') }),
  });
  stoppables.add('running environment', async () => forget());
  const url = `http://127.0.0.1:${ports.gateway}`;
  const token = await tokenFor(settings, secrets);
  const { organizationId } = secrets;
  say(
    banner({ url, token, organizationId, database: database.description, broker, dataDirectory: data.path, sandbox }),
  );
  return { ended: Promise.race(running) };
}

async function openSandbox(data: DataDirectory, say: Say): Promise<Sandbox> {
  return startSandbox({
    folder: data.folder('sandbox'),
    ports: {
      s3: await freePortNear(DEFAULT_PORTS.s3, say),
      sftp: await freePortNear(DEFAULT_PORTS.sftp, say),
      ftp: await freePortNear(DEFAULT_PORTS.ftp, say),
    },
    secret: data.password('sandbox'),
    hostKey: data.secretFile('sandbox-host-key', generateHostKey),
  });
}

interface Plan {
  isProduction: boolean;
  broker: MessageBroker;
  secrets: SecretFiles;
  sandbox: Sandbox | null;
  ports: { gateway: number; worker: number };
  databases: { gateway: string; worker: string };
}

function applicationsOf({ isProduction, broker, secrets, sandbox, ports, databases }: Plan): Application[] {
  const generated = {
    ...secrets.environment,
    ...(!isProduction && { EGRESS_ALLOW_LOOPBACK: 'true' }),
    ...(sandbox && { STORAGE_DEV_ENDPOINTS: JSON.stringify(sandboxEndpoints(sandbox)) }),
  };
  const environmentWith = (decided: Record<string, string>) => applicationEnvironment(process.env, generated, decided);
  const http = { HTTP_PORT: String(ports.gateway), WORKER_HTTP_PORT: String(ports.worker) };
  const healthOf = (port: number) => `http://127.0.0.1:${port}/health/ready`;
  if (broker.kind === 'in-process') {
    return [
      {
        name: 'stowage',
        main: 'tools/start/in-process.js',
        environment: environmentWith({ ...http, DATABASE_URL: databases.worker }),
        health: [healthOf(ports.gateway), healthOf(ports.worker)],
      },
    ];
  }
  return [
    {
      name: 'storage-worker',
      main: 'apps/storage-worker/src/main.js',
      environment: environmentWith({
        ...http,
        DATABASE_URL: databases.worker,
        AMQP_URL: broker.urlOf('storage-worker'),
      }),
      health: [healthOf(ports.worker)],
    },
    {
      name: 'gateway',
      main: 'apps/gateway/src/main.js',
      environment: environmentWith({ ...http, DATABASE_URL: databases.gateway, AMQP_URL: broker.urlOf('gateway') }),
      health: [healthOf(ports.gateway)],
    },
  ];
}

/** Null where tokens are made elsewhere. */
async function tokenFor(settings: Settings, secrets: SecretFiles): Promise<string | null> {
  if (settings.tokens === null) return null;
  return signDevelopmentToken({
    ...settings.tokens,
    secret: settings.tokens.secret ?? secrets.jwtSecret,
    subject: 'developer',
    organizations: { [secrets.organizationId]: [...ORGANIZATION_PERMISSIONS] },
    platform: ['platform.storage.update'],
  });
}
