import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  /** Of an empty database that only these tests use; it exists while they run. */
  url: string;
}

/**
 * `describe` with an empty PostgreSQL database of its own, on the server of DATABASE_URL. Without one the tests are
 * skipped and the output says how to get it; where `CI` is set that fails the run.
 */
export function describeOnDatabase(name: string, tests: (database: TestDatabase) => void): void {
  const server = process.env['DATABASE_URL'];
  if (!server && !process.env['CI']) {
    console.warn(`Skipped: ${name}\n  PostgreSQL: set DATABASE_URL, or run \`npm test\`, which starts one`);
    describe.skip(name, () => tests({ url: '' }));
    return;
  }
  describe(name, () => {
    if (!server) throw new Error('DATABASE_URL is not set: run `npm test`, which starts a PostgreSQL');
    const database = `test_${randomBytes(6).toString('hex')}`;
    beforeAll(() => query(server, `CREATE DATABASE ${database}`), 30_000);
    afterAll(() => query(server, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`), 30_000);
    tests({ url: Object.assign(new URL(server), { pathname: `/${database}` }).href });
  });
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
