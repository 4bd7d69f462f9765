import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the rates of storage tests count, in one place for all gateways. */
export class RateTests1764000200000 implements MigrationInterface {
  readonly name = 'RateTests1764000200000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      CREATE TABLE test_attempts (
        id           uuid PRIMARY KEY,
        user_id      text NOT NULL,
        tenant_id    uuid NOT NULL,
        host         text,
        port         integer,
        started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        leased_until timestamptz NOT NULL
      );
      CREATE INDEX test_attempts_by_user ON test_attempts (user_id, started_at);
      CREATE INDEX test_attempts_by_organization ON test_attempts (tenant_id, started_at);
      CREATE INDEX test_attempts_by_host ON test_attempts (host, started_at);
      CREATE INDEX test_attempts_by_age ON test_attempts (started_at);
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP TABLE test_attempts');
  }
}
