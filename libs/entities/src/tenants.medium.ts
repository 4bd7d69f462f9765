import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { describeOnDatabase } from '../../../tools/servers/describe-on-database.js';
import { createDataSource } from './data-source.js';
import { GATEWAY_ROLE, WORKER_ROLE } from './database-roles.js';
import { migrate } from './migrate.js';
import { type ConnectionKind, introduce, narrowTo, PLATFORM_ID, type Tenant } from './tenants.js';

/** No tenant owns what they hold: what the platform allows, what the rates count across tenants, and whose keys are whose. */
const NOBODYS = ['key_checks', 'key_holders', 'platform_settings', 'test_attempts'];

/** One row of each kind for a tenant. @param $1 the tenant, $2 an id */
const ROWS = {
  storage_configs: `INSERT INTO storage_configs
    (id, organization_id, name, provider, credentials_ct, credentials_kid, credentials_updated_at)
    VALUES ($2, $1, 'wall', 'minio', 'sealed', 'k', now())`,
  storage_history: `INSERT INTO storage_history (storage_config_id, kind)
    SELECT $2::uuid, 'usage' WHERE $1::uuid IS NOT DISTINCT FROM $1`,
  storage_operations: `INSERT INTO storage_operations (id, kind, organization_id, caller_id, message_id)
    VALUES ($2, 'storage.test', $1, 'wall', $2)`,
  backups: `INSERT INTO backups (organization_id, id, storage_config_id, state, sequence)
    VALUES (coalesce($1::uuid, '${PLATFORM_ID}'), $2, $2, 'completed', 1)`,
  outbox: `INSERT INTO outbox (organization_id, message_id, event, data) VALUES ($1, $2, 'storage.tested', '{}')`,
  request_outcomes: `INSERT INTO request_outcomes (organization_id, request_id, reply) VALUES ($1, $2, '{}')`,
  idempotency_keys: `INSERT INTO idempotency_keys (organization_id, key, body_hmac, storage_config_id)
    VALUES (coalesce($1::uuid, '${PLATFORM_ID}'), 'wall', '', $2)`,
  storage_audit: `INSERT INTO storage_audit (organization_id, storage_config_id, actor, action, outcome)
    VALUES ($1, $2, 'system', 'wall', 'ok')`,
};
const TABLES = Object.keys(ROWS) as (keyof typeof ROWS)[];

describeOnDatabase('the wall between tenants', (database) => {
  const tenants = [randomUUID(), randomUUID(), null] as const;
  const [one, other] = tenants;
  const owner = `test_owner_${randomUUID().slice(0, 8)}`;

  beforeAll(async () => {
    await migrate(database.url);
    await onConnection('owner', async (client) => {
      for (const tenant of tenants) {
        const id = randomUUID();
        for (const table of TABLES) await client.query(ROWS[table], [tenant, id]);
      }
      await client.query(`INSERT INTO egress_allowances VALUES (0, '10.0.0.0/16', '{9000}', '{minio}', NULL, NULL)`);
    });
    // No superuser, and owner of all tables: the one whom only FORCE binds.
    await onConnection('owner', async (client) => {
      await client.query(`CREATE ROLE ${owner}`);
      for (const table of TABLES) await client.query(`ALTER TABLE ${table} OWNER TO ${owner}`);
    });
  }, 30_000);
  // Over the server's own database: that of the test is gone by then.
  afterAll(() => onConnection('owner', (client) => client.query(`DROP ROLE ${owner}`), '/postgres'));

  it('stands around every table, those named here aside', async () => {
    const dataSource = await createDataSource({ url: database.url, as: 'owner', applicationName: 'test' }).initialize();
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    const walled: { relname: string }[] = await dataSource.query(
      `SELECT relname FROM pg_class WHERE relname = ANY($1) AND relrowsecurity AND relforcerowsecurity`,
      [tables],
    );
    await dataSource.destroy();
    expect(walled.map(({ relname }) => relname).sort()).toEqual(
      tables.filter((table) => !NOBODYS.includes(table)).sort(),
    );
  });

  describe.each<[string, ConnectionKind, string | null]>([
    ['a gateway', 'gateway', null],
    ['a worker', 'worker', null],
    ['an owner of the tables who is no superuser', 'owner', owner],
  ])('for %s', (_name, kind, role) => {
    it.each(TABLES)('shows of %s the rows of the tenants named and no others, whatever the WHERE', async (table) => {
      await onConnection(kind, async (client) => {
        if (role !== null) await client.query(`SET ROLE ${role}`);
        expect(await countOf(client, table, [])).toBe(0);
        expect(await countOf(client, table, [one])).toBe(1);
        expect(await countOf(client, table, [null])).toBe(1);
        expect(await countOf(client, table, [one, null])).toBe(2);
        expect(await countOf(client, table, [...tenants, randomUUID()])).toBe(3);
      });
    });
  });

  it('shows a gateway nothing before it has named anybody, and everything never', async () => {
    await onConnection('gateway', async (client) => {
      const count = async () => (await client.query('SELECT id FROM storage_configs')).rowCount;
      expect(await count()).toBe(0);
      await client.query(`BEGIN; ${narrowTo([one])}`);
      expect(await count()).toBe(1);
      await client.query('COMMIT');
      expect(await count()).toBe(0);
      await client.query(`SET stowage.tenants = '*'`);
      expect(await count()).toBe(0);
    });
  });

  it('lets a gateway know the platform’s allowances only where it works for the platform', async () => {
    await onConnection('gateway', async (client) => {
      expect(await countOf(client, 'egress_allowances', [one])).toBe(0);
      expect(await countOf(client, 'egress_allowances', [null])).toBe(1);
    });
  });

  it.each(TABLES)('lets a worker at work for one tenant write no row of another into %s', async (table) => {
    await onConnection('worker', async (client) => {
      await client.query(`BEGIN; ${narrowTo([one])}`);
      await expect(client.query(ROWS[table], [other, randomUUID()])).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('lets a worker at work for one tenant change and remove no row of another', async () => {
    await onConnection('worker', async (client) => {
      await client.query(`BEGIN; ${narrowTo([one])}`);
      await expect(client.query(`UPDATE backups SET sequence = 2`)).resolves.toMatchObject({ rowCount: 1 });
      await expect(client.query('DELETE FROM backups')).resolves.toMatchObject({ rowCount: 1 });
      await expect(client.query(`UPDATE backups SET organization_id = '${other}'`)).resolves.toMatchObject({
        rowCount: 0,
      });
      await expect(client.query(`UPDATE storage_operations SET organization_id = '${other}'`)).rejects.toMatchObject({
        code: '42501',
      });
      await client.query('ROLLBACK');
    });
  });

  it('lets a worker see every tenant for what it does for all of them', async () => {
    await onConnection('worker', async (client) => {
      await expect(client.query('SELECT FROM storage_operations')).resolves.toMatchObject({ rowCount: 3 });
    });
  });

  it.each([WORKER_ROLE, GATEWAY_ROLE])('lets %s add to the audit at most: no change, no removal', async (role) => {
    await onConnection('owner', async (client) => {
      await client.query(`SET ROLE ${role}`);
      for (const sql of [
        `UPDATE storage_audit SET actor = 'x'`,
        'DELETE FROM storage_audit',
        'TRUNCATE storage_audit',
        'ALTER TABLE storage_audit DISABLE TRIGGER ALL',
        'DROP TRIGGER storage_audit_append_only ON storage_audit',
      ]) {
        await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
      }
    });
  });

  describe('keeps the way that PostgreSQL takes to', () => {
    beforeAll(() =>
      onConnection('owner', async (client) => {
        await client.query(`
          INSERT INTO storage_configs (id, organization_id, name, provider, credentials_ct, credentials_kid, credentials_updated_at)
          SELECT gen_random_uuid(), md5((i % 500)::text)::uuid, 'n' || i, 'minio', '', 'k', now() FROM generate_series(1, 10000) i;
          INSERT INTO storage_operations (id, kind, organization_id, tenant_id, storage_config_id, caller_id, message_id)
          SELECT gen_random_uuid(), 'storage.test', organization_id, organization_id, id, 'x', gen_random_uuid() FROM storage_configs WHERE organization_id IS NOT NULL;
          INSERT INTO outbox (organization_id, message_id, event, data)
          SELECT organization_id, id, 'storage.tested', '{}' FROM storage_configs;
          ANALYZE`);
      }),
    );

    const tenant = `'c4ca4238-a0b9-2382-0dcc-509a6f75849b'`;
    it.each<[string, ConnectionKind, string, string]>([
      ['a config', 'gateway', 'storage_configs', `id = ${tenant}`],
      [
        'a page of configs',
        'gateway',
        'storage_configs',
        `organization_id = ${tenant} AND (created_at, id) > (now(), ${tenant}) ORDER BY created_at, id LIMIT 50`,
      ],
      [
        'a page of events',
        'gateway',
        'outbox',
        `organization_id = ANY(ARRAY[${tenant}::uuid]) AND (transaction_id, id) > (5, 5) ORDER BY transaction_id, id LIMIT 100`,
      ],
      [
        'what may be claimed',
        'worker',
        'storage_operations',
        `status = 'queued' AND lane = 'probe' AND tenant_id = ${tenant} AND not_before <= now()
           AND (deadline IS NULL OR deadline > now()) ORDER BY not_before LIMIT 4`,
      ],
    ])('%s', async (_name, kind, table, rest) => {
      const query = `EXPLAIN SELECT id FROM ${table} WHERE ${rest}`;
      const waysOf = async (client: Client) => {
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(query);
        return rows.flatMap((row) => /(?:using|on) (\w+_\w+)/.exec(row['QUERY PLAN'])?.[1] ?? []);
      };
      let without: string[] = [];
      await onConnection('owner', async (client) => void (without = await waysOf(client)));
      await onConnection(kind, async (client) => {
        await client.query(`BEGIN; ${kind === 'gateway' ? narrowTo([one]) : ''}`);
        expect(await waysOf(client)).toEqual(without);
      });
      expect(without.join()).toMatch(/pkey|PK_|_listing|_by_organization|_waiting/);
    });
  });

  it('takes no tenant that is no UUID', () => {
    expect(() => narrowTo([`x'; DROP TABLE backups; --`])).toThrow('UUID');
  });

  async function countOf(client: Client, table: string, named: readonly Tenant[]): Promise<number> {
    await client.query(`BEGIN; ${narrowTo(named)}`);
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int FROM ${table}`);
    await client.query('ROLLBACK');
    return rows[0]!.count;
  }

  async function onConnection(
    kind: ConnectionKind,
    work: (client: Client) => Promise<unknown>,
    pathname = new URL(database.url).pathname,
  ): Promise<void> {
    const client = new Client({ connectionString: Object.assign(new URL(database.url), { pathname }).href });
    await client.connect();
    try {
      await introduce(client, kind);
      await work(client);
    } finally {
      await client.end();
    }
  }
});
