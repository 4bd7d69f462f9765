import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { GATEWAY_ROLE, WORKER_ROLE } from '@stowage/entities';
import { startPostgres, type Postgres } from '../../servers/index.js';
import { findPostgresBinaries, othersMayEnter, privateOutside } from '../../servers/postgres-binaries.js';
import { isRoot } from '../../servers/requirements.js';
import type { DataDirectory } from '../data-directory.js';
import type { Database } from './database.js';

const DATABASE = 'stowage';
const OWNER = 'stowage';
const GATEWAY = 'gateway';
const WORKER = 'worker';

/** The PostgreSQL that came with npm, in the data directory; as root in the name of `nobody`. */
export async function embeddedDatabase(data: DataDirectory, say: (line: string) => void): Promise<Database> {
  const directory = placeFor(data, say);
  const { copiedTo } = findPostgresBinaries();
  if (copiedTo) say(`Other accounts may not enter node_modules: PostgreSQL runs from a copy in ${copiedTo}.`);
  const server = await startPostgres({ directory, password: data.password('database-superuser'), durable: true });
  try {
    const superuser = await server.createDatabase(DATABASE);
    const urlOf = (role: string) => {
      const url = new URL(superuser);
      url.username = role;
      url.password = data.password(`database-${role}`);
      return url.href;
    };
    await createOwner(superuser, data.password(`database-${OWNER}`));
    return {
      ownerUrl: urlOf(OWNER),
      description: `PostgreSQL from npm on port ${server.port}, data in ${directory}`,
      applicationUrls: async () => {
        await createMember(superuser, GATEWAY, data.password(`database-${GATEWAY}`), GATEWAY_ROLE);
        await createMember(superuser, WORKER, data.password(`database-${WORKER}`), WORKER_ROLE);
        return { gateway: urlOf(GATEWAY), worker: urlOf(WORKER) };
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await stopQuietly(server);
    throw error;
  }
}

function placeFor(data: DataDirectory, say: (line: string) => void): string {
  if (!isRoot() || othersMayEnter(data.path)) return data.folder('postgres');
  const place = join(privateOutside(), createHash('sha256').update(data.path).digest('hex').slice(0, 16));
  mkdirSync(place, { recursive: true });
  say(`PostgreSQL does not run as root, and other accounts may not enter ${data.path}: its data go to ${place}.`);
  return place;
}

/** May also make the group roles, which belong to the migrations. */
const createOwner = (superuser: string, password: string) =>
  asSuperuser(superuser, async (client) => {
    await createLogin(client, OWNER, password);
    await client.query(`ALTER ROLE ${OWNER} CREATEROLE`);
    await client.query(`ALTER DATABASE ${DATABASE} OWNER TO ${OWNER}`);
  });

const createMember = (superuser: string, login: string, password: string, group: string) =>
  asSuperuser(superuser, async (client) => {
    await createLogin(client, login, password);
    await client.query(`GRANT ${group} TO ${login}`);
  });

async function createLogin(client: Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
  await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
}

async function asSuperuser(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The error that led here is the one to be told. */
async function stopQuietly(server: Postgres): Promise<void> {
  await server.stop().catch(() => undefined);
}
