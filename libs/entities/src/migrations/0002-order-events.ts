import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An id is drawn before its transaction commits, so a reader that goes by ids alone passes over those that commit late.
 * With the transaction beside it a reader stops at the oldest one that still runs (pg_snapshot_xmin), and misses none.
 */
export class OrderEvents1764000100000 implements MigrationInterface {
  readonly name = 'OrderEvents1764000100000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE outbox ADD COLUMN transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
      DROP INDEX outbox_by_organization;
      CREATE INDEX outbox_by_organization ON outbox (organization_id, transaction_id, id);
      CREATE INDEX outbox_in_order ON outbox (transaction_id, id);
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE outbox DROP COLUMN transaction_id;
      CREATE INDEX outbox_by_organization ON outbox (organization_id, id);
    `);
  }
}
