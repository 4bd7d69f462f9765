import { Client } from 'pg';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { createDataSource } from '../data-source.js';
import { GATEWAY_ROLE } from '../database-roles.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './index.js';

/** Columns, defaults, indexes and checks as PostgreSQL itself prints them. */
const SCHEMA = `
  SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name, is_nullable,
                regexp_replace(column_default, '^''(\\d+)''::bigint$', '\\1')) AS line
    FROM information_schema.columns WHERE table_schema = current_schema()
  UNION ALL
  SELECT indexdef FROM pg_indexes
   WHERE schemaname = current_schema() AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype = 'p')
  UNION ALL
  SELECT format('%s %s %s', conrelid::regclass, CASE contype WHEN 'p' THEN 'key' ELSE conname END,
                pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
  ORDER BY 1`;

/** What an entity cannot say, so that only the migration has it. */
const ONLY_BY_MIGRATION = /INDEX storage_configs_name |^migrations[. ]/;

describeOnDatabase('the migrations', (database) => {
  it('make exactly the schema that the entities describe', async () => {
    await migrate(database.url);
    const migrated = await describeSchema(database.url);
    const described = await synchronised(database.url);
    expect(migrated.filter((line) => !ONLY_BY_MIGRATION.test(line))).toEqual(described);
    expect(migrated.some((line) => line.includes('storage_configs_name'))).toBe(true);
  });

  it('apply once, also when several processes migrate at the same time', async () => {
    const reports = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    expect(reports.flatMap((report) => report.applied)).toEqual([]);
  });

  it('can be undone, the last first, and applied again', async () => {
    const dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const left: { line: string }[] = await dataSource.query(SCHEMA);
    await dataSource.destroy();
    expect(left.filter(({ line }) => !ONLY_BY_MIGRATION.test(line))).toEqual([]);
    await expect(migrate(database.url)).resolves.toMatchObject({
      applied: MIGRATIONS.map(({ name }) => name),
    });
  });

  it('let the gateway read every column but the sealed credentials, and write only what the rates of tests count', async () => {
    await withClient(database.url, async (client) => {
      await client.query(`SET ROLE ${GATEWAY_ROLE}`);
      await expect(client.query('SELECT id, name, credentials_kid FROM storage_configs')).resolves.toBeDefined();
      await expect(client.query('SELECT credentials_ct FROM storage_configs')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('SELECT * FROM storage_configs')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('UPDATE storage_configs SET is_default = true')).rejects.toMatchObject({
        code: '42501',
      });
      const { rows: writable } = await client.query<{ table_name: string; privilege_type: string }>(
        `SELECT DISTINCT table_name, privilege_type FROM information_schema.column_privileges
          WHERE grantee = $1 AND privilege_type <> 'SELECT' ORDER BY 2`,
        [GATEWAY_ROLE],
      );
      expect(writable).toEqual([
        { table_name: 'test_attempts', privilege_type: 'INSERT' },
        { table_name: 'test_attempts', privilege_type: 'UPDATE' },
      ]);
    });
  });

  it('refuse to change or remove what the audit has recorded', async () => {
    await withClient(database.url, async (client) => {
      await client.query(
        `INSERT INTO storage_audit (actor, action, outcome) VALUES ('user:a', 'storage.create', 'ok')`,
      );
      await expect(client.query(`UPDATE storage_audit SET actor = 'user:b'`)).rejects.toThrow('append-only');
      await expect(client.query('DELETE FROM storage_audit')).rejects.toThrow('append-only');
      await expect(client.query('TRUNCATE storage_audit')).rejects.toThrow('append-only');
    });
  });

  it('refuse two names of one organization that differ only in case, and allow them across organizations', async () => {
    await withClient(database.url, async (client) => {
      const insert = (organization: string | null, name: string) =>
        client.query(
          `INSERT INTO storage_configs (id, organization_id, name, provider, credentials_ct, credentials_kid, credentials_updated_at)
           VALUES (gen_random_uuid(), $1, $2, 'minio', '', 'k', now())`,
          [organization, name],
        );
      await insert('11111111-1111-4111-8111-111111111111', 'Nightly');
      await insert('22222222-2222-4222-8222-222222222222', 'nightly');
      await insert(null, 'nightly');
      await expect(insert('11111111-1111-4111-8111-111111111111', 'NIGHTLY')).rejects.toMatchObject({
        constraint: 'storage_configs_name',
      });
      await expect(insert(null, 'Nightly')).rejects.toMatchObject({ constraint: 'storage_configs_name' });
    });
  });

  it('wake the outbox relay when the transaction of an event commits', async () => {
    await withClient(database.url, async (client) => {
      const notified = new Promise((resolve) => client.once('notification', resolve));
      await client.query('LISTEN stowage_outbox');
      await client.query(
        `INSERT INTO outbox (message_id, event, data) VALUES (gen_random_uuid(), 'storage.tested', '{}')`,
      );
      await expect(notified).resolves.toMatchObject({ channel: 'stowage_outbox' });
    });
  });
});

/** The same entities in a schema of their own, made by TypeORM without our SQL. */
async function synchronised(databaseUrl: string): Promise<string[]> {
  await withClient(databaseUrl, (client) => client.query('CREATE SCHEMA described'));
  const url = Object.assign(new URL(databaseUrl), { search: '?options=-csearch_path%3Ddescribed' }).href;
  const dataSource = await createDataSource({ url, as: 'owner', applicationName: 'test' })
    .setOptions({ schema: 'described' })
    .initialize();
  await dataSource.synchronize();
  await dataSource.destroy();
  return (await describeSchema(url)).map((line) => line.replaceAll('described.', ''));
}

async function describeSchema(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(SCHEMA);
    return rows.map(({ line }) => line.replaceAll('public.', '')).sort();
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
