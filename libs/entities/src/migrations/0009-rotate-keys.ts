import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an online rotation needs to know: which key is which, who holds it, and which records it had to pass over. */
export class RotateKeys1764000800000 implements MigrationInterface {
  readonly name = 'RotateKeys1764000800000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      CREATE TABLE key_checks (
        kid          text PRIMARY KEY,
        check_value  bytea NOT NULL,
        unused_since timestamptz,
        created_at   timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE key_holders (
        id      uuid PRIMARY KEY,
        host    text NOT NULL,
        active  text NOT NULL,
        kids    text[] NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
      );
      ALTER TABLE storage_configs ADD COLUMN credentials_quarantined_at timestamptz;
      ALTER TABLE idempotency_keys ADD COLUMN body_hmac_kid text;
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE idempotency_keys DROP COLUMN body_hmac_kid;
      ALTER TABLE storage_configs DROP COLUMN credentials_quarantined_at;
      DROP TABLE key_holders, key_checks;
    `);
  }
}
