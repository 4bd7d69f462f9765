import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Private networks that storage may live in, changed while everything runs: the workers LISTEN. */
export class AllowEgress1764000400000 implements MigrationInterface {
  readonly name = 'AllowEgress1764000400000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      CREATE TABLE egress_allowances (
        position         integer PRIMARY KEY,
        cidr             text NOT NULL,
        ports            integer[] NOT NULL,
        providers        text[] NOT NULL,
        organization_ids uuid[],
        note             text
      );
      CREATE FUNCTION notify_egress() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('stowage_egress', '');
          RETURN NULL;
        END
      $$;
      CREATE TRIGGER egress_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON egress_allowances
        FOR EACH STATEMENT EXECUTE FUNCTION notify_egress();
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      DROP TABLE egress_allowances;
      DROP FUNCTION notify_egress();
    `);
  }
}
