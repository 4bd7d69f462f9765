import { randomBytes } from 'node:crypto';
import { GATEWAY_ROLE } from '@stowage/entities';
import { Client } from 'pg';

/** A database user with the rights of a gateway and no others, so that tests fail where production would. */
export class GatewayLogin {
  private constructor(
    private readonly databaseUrl: string,
    private readonly name: string,
    readonly url: string,
  ) {}

  /** The database must be migrated. */
  static async create(databaseUrl: string): Promise<GatewayLogin> {
    const name = `test_gateway_${randomBytes(6).toString('hex')}`;
    const password = randomBytes(16).toString('hex');
    await execute(databaseUrl, `CREATE ROLE ${name} LOGIN PASSWORD '${password}' IN ROLE ${GATEWAY_ROLE}`);
    return new GatewayLogin(databaseUrl, name, withParts(databaseUrl, { username: name, password }));
  }

  /** Over the server's own database: that of the test may be gone by then. */
  async drop(): Promise<void> {
    await execute(withParts(this.databaseUrl, { pathname: '/postgres' }), `DROP ROLE ${this.name}`);
  }
}

function withParts(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
