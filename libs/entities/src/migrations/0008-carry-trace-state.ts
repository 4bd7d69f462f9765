import type { MigrationInterface, QueryRunner } from 'typeorm';

/** W3C Trace Context has two halves; the first was there from the beginning. */
export class CarryTraceState1764000700000 implements MigrationInterface {
  readonly name = 'CarryTraceState1764000700000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE storage_operations ADD COLUMN tracestate text;
      ALTER TABLE outbox ADD COLUMN tracestate text;
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      ALTER TABLE storage_operations DROP COLUMN tracestate;
      ALTER TABLE outbox DROP COLUMN tracestate;
    `);
  }
}
