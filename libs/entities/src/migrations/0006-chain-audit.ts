import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Each audit entry carries a keyed hash over itself and the one before it, so that an owner of the database without the
 * keyring can neither change, remove nor slip in an entry unseen. Entries from before stay outside the chain.
 */
export class ChainAudit1764000500000 implements MigrationInterface {
  readonly name = 'ChainAudit1764000500000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE storage_audit
        ADD COLUMN tenant_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        ADD COLUMN position bigint,
        ADD COLUMN mac bytea,
        ADD COLUMN mac_kid text;
      CREATE UNIQUE INDEX storage_audit_chain ON storage_audit (tenant_id, position);
      DROP INDEX storage_audit_by_organization;
      CREATE INDEX storage_audit_by_organization ON storage_audit (organization_id, created_at, id);
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      DROP INDEX storage_audit_chain;
      DROP INDEX storage_audit_by_organization;
      ALTER TABLE storage_audit DROP COLUMN tenant_id, DROP COLUMN position, DROP COLUMN mac, DROP COLUMN mac_kid;
      CREATE INDEX storage_audit_by_organization ON storage_audit (organization_id, id);
    `);
  }
}
