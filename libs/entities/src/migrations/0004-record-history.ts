import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What charts are drawn from: one row for each usage refresh and each test. */
export class RecordHistory1764000300000 implements MigrationInterface {
  readonly name = 'RecordHistory1764000300000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      CREATE TABLE storage_history (
        storage_config_id     uuid NOT NULL,
        kind                  text NOT NULL,
        recorded_at           timestamptz NOT NULL DEFAULT now(),
        measured_size_bytes   bigint,
        measured_object_count bigint,
        total_size_bytes      bigint,
        object_count          integer,
        health_status         text,
        health_code           text,
        latency_ms            integer,
        PRIMARY KEY (storage_config_id, kind, recorded_at),

        CONSTRAINT storage_history_config
          FOREIGN KEY (storage_config_id) REFERENCES storage_configs (id) ON DELETE CASCADE,
        CONSTRAINT storage_history_kind CHECK (kind IN ('usage', 'health')),
        CONSTRAINT storage_history_health_status
          CHECK (health_status IN ('unverified', 'healthy', 'degraded', 'failing'))
      );
    `);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query('DROP TABLE storage_history');
  }
}
