import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { grantRoles } from './database-roles.js';

export interface MigrationReport {
  /** Names of the migrations that ran now, in order. */
  applied: string[];
  /** False: a group role is missing and this user may not create it. */
  rolesGranted: boolean;
}

/** Of no meaning but that every migrating process asks for the same one. */
const MIGRATION_LOCK = 1_764_000_000;

/** Brings the database to the present schema. Any number of processes may try at once: one works, the others wait. */
export async function migrate(url: string): Promise<MigrationReport> {
  const dataSource = createDataSource({ url, as: 'owner', applicationName: 'stowage-migrate', statementTimeoutMs: 0 });
  await dataSource.initialize();
  try {
    return await withMigrationLock(dataSource, async () => {
      const migrations = await dataSource.runMigrations();
      const rolesGranted = await grantRoles(dataSource);
      return { applied: migrations.map((migration) => migration.name), rolesGranted };
    });
  } finally {
    await dataSource.destroy();
  }
}

async function withMigrationLock<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.release();
  }
}
