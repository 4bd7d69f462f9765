import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAY_ROLE, WORKER_ROLE } from '@stowage/entities';
import { generateHostKey } from '../sandbox/sftp-sandbox.js';
import { type BrokerUserName, ourDefinitions } from '../start/broker/message-broker.js';
import type { DataDirectory } from '../start/data-directory.js';
import { secretFiles } from '../start/secret-files.js';

/** Folders that each are a volume of docker-compose.yml: nobody sees more secrets than it needs. */
interface ComposeVolumes {
  /** Of gateways, workers and the sandbox. */
  secrets: DataDirectory;
  /** Read by the database's first start. */
  database: string;
  /** Read by the broker at each start. */
  broker: string;
}

const DATABASE = 'stowage';
const OWNER = 'stowage';
const GATEWAY = 'gateway';
const WORKER = 'worker';
const BROKER_USERS: BrokerUserName[] = ['gateway', 'storage-worker', 'backup'];
/** Their readers run under other accounts; the volumes are theirs alone. */
const READABLE = { mode: 0o644 };

/** Generates what is missing and leaves what is there; names of hosts are those of docker-compose.yml. */
export function writeComposeSetup({ secrets, database, broker }: ComposeVolumes): void {
  secretFiles(secrets, 'backup');
  secrets.password('sandbox');
  secrets.secretFile('sandbox-secret', () => secrets.password('sandbox'));
  secrets.secretFile('sandbox-host-key', generateHostKey);
  for (const role of [OWNER, GATEWAY, WORKER]) {
    const url = `postgres://${role}:${secrets.password(`database-${role}`)}@database:5432/${DATABASE}`;
    secrets.secretFile(`database-url-${role}`, () => url);
  }
  for (const user of BROKER_USERS) {
    secrets.secretFile(`amqp-url-${user}`, () => `amqp://${user}:${secrets.password(`broker-${user}`)}@broker:5672`);
  }
  writeFileSync(join(database, 'password'), secrets.password('database-superuser'), READABLE);
  writeFileSync(join(database, 'roles.sql'), rolesSql(secrets), READABLE);
  writeFileSync(join(broker, 'definitions.json'), JSON.stringify(ourDefinitions(secrets)), READABLE);
  writeFileSync(join(broker, 'rabbitmq.conf'), 'load_definitions = /etc/rabbitmq/definitions.json\n', READABLE);
}

/** The owner migrates; the others are in the groups that the migrations grant what they need. */
const rolesSql = (secrets: DataDirectory): string => `
CREATE ROLE ${OWNER} LOGIN CREATEROLE PASSWORD '${secrets.password(`database-${OWNER}`)}';
CREATE ROLE ${GATEWAY_ROLE} NOLOGIN;
CREATE ROLE ${WORKER_ROLE} NOLOGIN;
CREATE ROLE ${GATEWAY} LOGIN PASSWORD '${secrets.password(`database-${GATEWAY}`)}' IN ROLE ${GATEWAY_ROLE};
CREATE ROLE ${WORKER} LOGIN PASSWORD '${secrets.password(`database-${WORKER}`)}' IN ROLE ${WORKER_ROLE};
CREATE DATABASE ${DATABASE} OWNER ${OWNER};
`;
