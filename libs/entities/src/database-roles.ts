import type { DataSource, EntityMetadata, QueryRunner } from 'typeorm';

/**
 * Group role: the gateway's database user is a member of it. It reads, and never the sealed credentials; it writes only
 * what the rates of tests count; and no setting of its own opens it the rows of every tenant.
 */
export const GATEWAY_ROLE = 'stowage_gateway';
/** Group role: the worker's database user is a member of it. It writes, and what the audit has recorded it only reads. */
export const WORKER_ROLE = 'stowage_worker';

const ROLES = [GATEWAY_ROLE, WORKER_ROLE];

const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Grants the group roles what they may. Repeatable: it runs after each migration, so a new column or table is granted,
 * and a role that could not be made for want of rights is made when they are there.
 * Returns false when a role does not exist and may not be created by this user.
 */
export async function grantRoles(dataSource: DataSource): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    for (const role of ROLES) {
      if (!(await roleExists(runner, role)) && !(await createRole(runner, role))) return false;
    }
    await grantToGateway(runner, dataSource.entityMetadatas);
    await grantToWorker(runner, dataSource.entityMetadatas);
    return true;
  } finally {
    await runner.release();
  }
}

async function grantToGateway(runner: QueryRunner, tables: EntityMetadata[]): Promise<void> {
  for (const table of tables) {
    const readable = table.columns.filter((column) => column.isSelect).map((column) => column.databaseName);
    await runner.query(`GRANT SELECT (${readable.join(', ')}) ON ${table.tableName} TO ${GATEWAY_ROLE}`);
  }
  await runner.query(`GRANT INSERT, DELETE, UPDATE (leased_until) ON test_attempts TO ${GATEWAY_ROLE}`);
  await runner.query(`SELECT stowage_confine_to_tenants('${GATEWAY_ROLE}')`);
}

/** No TRUNCATE, no REFERENCES, no TRIGGER; and of the audit neither UPDATE nor DELETE. */
async function grantToWorker(runner: QueryRunner, tables: EntityMetadata[]): Promise<void> {
  for (const { tableName } of tables) {
    const rights = tableName === 'storage_audit' ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE';
    await runner.query(`GRANT ${rights} ON ${tableName} TO ${WORKER_ROLE}`);
  }
  await runner.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${WORKER_ROLE}`);
}

async function roleExists(runner: QueryRunner, role: string): Promise<boolean> {
  const rows: unknown[] = await runner.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  return rows.length > 0;
}

async function createRole(runner: QueryRunner, role: string): Promise<boolean> {
  try {
    await runner.query(`CREATE ROLE ${role} NOLOGIN`);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === INSUFFICIENT_PRIVILEGE) return false;
    // Roles belong to the whole server: another database's migration may have been faster.
    if (code === DUPLICATE_OBJECT || code === UNIQUE_VIOLATION) return true;
    throw error;
  }
}
