import type { DataSource, QueryRunner } from 'typeorm';

/**
 * Group role: the gateway's database user is a member of it. It reads, and never the sealed credentials; it writes only
 * what the rates of tests count.
 */
export const GATEWAY_ROLE = 'stowage_gateway';

const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Grants the group role every column that entities select unasked. Repeatable: it runs after each migration, so a new
 * column is readable, and a role that could not be made for want of rights is made when they are there.
 * Returns false when the role does not exist and may not be created by this user.
 */
export async function grantGatewayRole(dataSource: DataSource): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    if (!(await roleExists(runner)) && !(await createRole(runner))) return false;
    for (const table of dataSource.entityMetadatas) {
      const readable = table.columns.filter((column) => column.isSelect).map((column) => column.databaseName);
      await runner.query(`GRANT SELECT (${readable.join(', ')}) ON ${table.tableName} TO ${GATEWAY_ROLE}`);
    }
    await runner.query(`GRANT INSERT, DELETE, UPDATE (leased_until) ON test_attempts TO ${GATEWAY_ROLE}`);
    return true;
  } finally {
    await runner.release();
  }
}

async function roleExists(runner: QueryRunner): Promise<boolean> {
  const rows: unknown[] = await runner.query('SELECT FROM pg_roles WHERE rolname = $1', [GATEWAY_ROLE]);
  return rows.length > 0;
}

async function createRole(runner: QueryRunner): Promise<boolean> {
  try {
    await runner.query(`CREATE ROLE ${GATEWAY_ROLE} NOLOGIN`);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === INSUFFICIENT_PRIVILEGE) return false;
    // Roles belong to the whole server: another database's migration may have been faster.
    if (code === DUPLICATE_OBJECT || code === UNIQUE_VIOLATION) return true;
    throw error;
  }
}
