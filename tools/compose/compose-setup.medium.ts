import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { migrate } from '@stowage/entities';
import { describeOnServers, startPostgres, startRabbitmq, type Postgres } from '../servers/index.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import type { Definitions } from '../servers/rabbitmq.js';
import { DataDirectory } from '../start/data-directory.js';
import { writeComposeSetup } from './compose-setup.js';

const START_MS = 120_000;

describe('What docker compose generates', () => {
  let folder: string;
  let postgres: Postgres;
  const secret = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8');
  /** With the address that the server of the test has. */
  const at = (url: string, port: number) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href;

  beforeAll(async () => {
    folder = makePrivateDirectory('compose');
    const [database, broker] = [join(folder, 'database'), join(folder, 'broker')];
    for (const volume of [database, broker]) mkdirSync(volume);
    const secrets = new DataDirectory(join(folder, 'secrets'));
    writeComposeSetup({ secrets, database, broker });
    secrets.release();
    postgres = await startPostgres();
  }, START_MS);
  afterAll(async () => {
    await postgres.stop();
    removePrivateDirectory(folder);
  });

  const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  it(
    'lets the owner migrate, the gateway read all but the credentials, and the worker write',
    async () => {
      const statements = readFileSync(join(folder, 'database', 'roles.sql'), 'utf8').split(';\n');
      await withClient(postgres.url, async (client) => {
        for (const statement of statements) await client.query(statement);
      });
      await migrate(at(secret('database-url-stowage'), postgres.port));
      await withClient(at(secret('database-url-gateway'), postgres.port), async (client) => {
        await expect(client.query('SELECT id FROM storage_configs')).resolves.toMatchObject({ rowCount: 0 });
        await expect(client.query('SELECT credentials_ct FROM storage_configs')).rejects.toMatchObject({
          code: '42501',
        });
      });
      await withClient(at(secret('database-url-worker'), postgres.port), async (client) => {
        await client.query(`SET stowage.tenants = '*'`);
        await expect(client.query('UPDATE storage_configs SET credentials_ct = NULL')).resolves.toBeDefined();
        await expect(client.query('UPDATE storage_audit SET actor = NULL')).rejects.toMatchObject({ code: '42501' });
      });
    },
    START_MS,
  );

  describeOnServers(['rabbitmq'], 'the broker', () => {
    it(
      'knows each user by its own password',
      async () => {
        const definitions = JSON.parse(readFileSync(join(folder, 'broker', 'definitions.json'), 'utf8')) as Definitions;
        const broker = await startRabbitmq({ definitions });
        try {
          for (const user of ['gateway', 'storage-worker', 'backup']) {
            const connection = await connect(at(secret(`amqp-url-${user}`), broker.port));
            await connection.close();
          }
        } finally {
          await broker.stop();
        }
      },
      START_MS,
    );
  });
});
