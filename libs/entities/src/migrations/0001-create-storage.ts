import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The nil UUID stands for the platform where a key column cannot be null. */
export class CreateStorage1764000000000 implements MigrationInterface {
  readonly name = 'CreateStorage1764000000000';

  async up(database: QueryRunner): Promise<void> {
    await database.query(STORAGE_CONFIGS);
    await database.query(STORAGE_OPERATIONS);
    await database.query(BACKUPS);
    await database.query(OUTBOX);
    await database.query(REQUESTS);
    await database.query(PLATFORM_SETTINGS);
    await database.query(STORAGE_AUDIT);
  }

  async down(database: QueryRunner): Promise<void> {
    await database.query(`
      DROP TABLE storage_audit, platform_settings, idempotency_keys, request_outcomes, outbox, backups,
                 storage_operations, storage_configs;
      DROP FUNCTION storage_audit_is_append_only();
      DROP FUNCTION notify_outbox();
    `);
  }
}

const STORAGE_CONFIGS = `
  CREATE TABLE storage_configs (
    id                     uuid PRIMARY KEY,
    organization_id        uuid,
    name                   text NOT NULL,
    provider               text NOT NULL,
    bucket                 text,
    region                 text,
    endpoint_url           text,
    path_prefix            text,
    storage_class          text,
    account_id             text,
    jurisdiction           text,
    host                   text,
    port                   integer,
    tls                    text,
    host_key_sha256        text,
    ca_certificate         text,
    addressing             text,
    checksum_mode          text,
    is_default             boolean NOT NULL DEFAULT false,
    is_active              boolean NOT NULL DEFAULT true,
    credentials_ct         bytea NOT NULL,
    credentials_kid        text NOT NULL,
    access_key_hint        text,
    credentials_updated_at timestamptz NOT NULL,
    rotation_announced_at  timestamptz,
    health_status          text NOT NULL DEFAULT 'unverified',
    health_code            text,
    health_message         text,
    health_hint            text,
    latency_ms             integer,
    checked_at             timestamptz,
    failing_since          timestamptz,
    measured               jsonb,
    total_size_bytes       bigint NOT NULL DEFAULT 0,
    object_count           integer NOT NULL DEFAULT 0,
    last_used_at           timestamptz,
    version                integer NOT NULL DEFAULT 1,
    event_sequence         integer NOT NULL DEFAULT 0,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT storage_configs_provider
      CHECK (provider IN ('aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio', 'sftp', 'ftp')),
    CONSTRAINT storage_configs_storage_class
      CHECK (storage_class IN ('STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR')),
    CONSTRAINT storage_configs_jurisdiction CHECK (jurisdiction IN ('default', 'eu', 'fedramp')),
    CONSTRAINT storage_configs_tls CHECK (tls IN ('none', 'explicit', 'implicit')),
    CONSTRAINT storage_configs_addressing CHECK (addressing IN ('path', 'virtual')),
    CONSTRAINT storage_configs_checksum_mode CHECK (checksum_mode IN ('crc32', 'required', 'md5')),
    CONSTRAINT storage_configs_health_status
      CHECK (health_status IN ('unverified', 'healthy', 'degraded', 'failing'))
  );
  CREATE UNIQUE INDEX storage_configs_one_default ON storage_configs (organization_id)
    WHERE is_default AND organization_id IS NOT NULL;
  CREATE UNIQUE INDEX storage_configs_one_platform_default ON storage_configs (is_default)
    WHERE is_default AND organization_id IS NULL;
  CREATE UNIQUE INDEX storage_configs_name ON storage_configs
    (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid), lower(name));
  CREATE INDEX storage_configs_listing ON storage_configs (organization_id, created_at, id);
  CREATE INDEX storage_configs_by_check ON storage_configs (checked_at);
  CREATE INDEX storage_configs_by_credentials_age ON storage_configs (credentials_updated_at);
  CREATE INDEX storage_configs_by_key ON storage_configs (credentials_kid);
`;

const STORAGE_OPERATIONS = `
  CREATE TABLE storage_operations (
    id                uuid PRIMARY KEY,
    kind              text NOT NULL,
    organization_id   uuid,
    tenant_id         uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    lane              text NOT NULL DEFAULT 'probe',
    storage_config_id uuid,
    status            text NOT NULL DEFAULT 'queued',
    superseded_by     uuid,
    payload           jsonb NOT NULL DEFAULT '{}',
    progress          jsonb NOT NULL DEFAULT '{"objects":0,"bytes":0}',
    result            jsonb,
    error             jsonb,
    caller_id         text NOT NULL,
    message_id        uuid NOT NULL,
    correlation_id    text,
    reply_to          text,
    traceparent       text,
    attempt           integer NOT NULL DEFAULT 0,
    not_before        timestamptz NOT NULL DEFAULT now(),
    deadline          timestamptz,
    locked_until      timestamptz,
    fence             integer NOT NULL DEFAULT 0,
    cancel_requested  boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL DEFAULT now(),
    started_at        timestamptz,
    finished_at       timestamptz,

    CONSTRAINT storage_operations_kind
      CHECK (kind IN ('storage.test', 'storage.usage.refresh', 'storage.create', 'backup.delete')),
    CONSTRAINT storage_operations_status
      CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'expired', 'cancelled', 'superseded')),
    CONSTRAINT storage_operations_lane CHECK (lane IN ('probe', 'long'))
  );
  CREATE UNIQUE INDEX storage_operations_by_caller ON storage_operations (caller_id, message_id);
  CREATE UNIQUE INDEX storage_operations_one_waiting ON storage_operations (storage_config_id, kind, tenant_id)
    WHERE status = 'queued' AND kind IN ('storage.test', 'storage.usage.refresh');
  CREATE INDEX storage_operations_waiting ON storage_operations (lane, tenant_id, not_before) WHERE status = 'queued';
  CREATE INDEX storage_operations_expiring ON storage_operations (deadline)
    WHERE status = 'queued' AND deadline IS NOT NULL;
  CREATE INDEX storage_operations_running ON storage_operations (locked_until) WHERE status = 'running';
  CREATE INDEX storage_operations_active ON storage_operations (storage_config_id, kind) WHERE status = 'running';
  CREATE INDEX storage_operations_coalesced ON storage_operations (superseded_by) WHERE superseded_by IS NOT NULL;
  CREATE INDEX storage_operations_of_config ON storage_operations (storage_config_id, kind, created_at);
  CREATE INDEX storage_operations_listing ON storage_operations (organization_id, created_at, id);
  CREATE INDEX storage_operations_ended ON storage_operations (finished_at) WHERE finished_at IS NOT NULL;
`;

const BACKUPS = `
  CREATE TABLE backups (
    id                uuid PRIMARY KEY,
    organization_id   uuid NOT NULL,
    storage_config_id uuid NOT NULL,
    environment_id    uuid,
    state             text NOT NULL,
    size_bytes        bigint NOT NULL DEFAULT 0,
    objects           text[] NOT NULL DEFAULT '{}',
    sequence          integer NOT NULL,
    started_at        timestamptz,
    completed_at      timestamptz,
    ended_at          timestamptz,
    reported_at       timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT backups_state CHECK (state IN ('running', 'completed', 'failed', 'deleted'))
  );
  CREATE INDEX backups_by_config ON backups (storage_config_id, state);
  CREATE INDEX backups_listing ON backups (organization_id, reported_at, id);
  CREATE INDEX backups_to_forget ON backups (reported_at) WHERE state <> 'completed';
`;

const OUTBOX = `
  CREATE TABLE outbox (
    id                bigserial PRIMARY KEY,
    message_id        uuid NOT NULL,
    event             text NOT NULL,
    organization_id   uuid,
    storage_config_id uuid,
    correlation_id    text,
    traceparent       text,
    data              jsonb NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    sent_at           timestamptz
  );
  CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
  CREATE INDEX outbox_by_organization ON outbox (organization_id, id);

  -- The relay LISTENs: an event leaves when its transaction commits, not at the next poll.
  CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('stowage_outbox', '');
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();
`;

const REQUESTS = `
  CREATE TABLE request_outcomes (
    request_id uuid PRIMARY KEY,
    reply      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX request_outcomes_by_age ON request_outcomes (created_at);

  CREATE TABLE idempotency_keys (
    organization_id   uuid NOT NULL,
    key               text NOT NULL,
    body_hmac         bytea NOT NULL,
    storage_config_id uuid NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, key)
  );
`;

const PLATFORM_SETTINGS = `
  CREATE TABLE platform_settings (
    id                integer PRIMARY KEY,
    enabled_providers text[] NOT NULL,
    allow_org_byos    boolean NOT NULL,

    CONSTRAINT platform_settings_one_row CHECK (id = 1)
  );
`;

const STORAGE_AUDIT = `
  CREATE TABLE storage_audit (
    id                bigserial PRIMARY KEY,
    organization_id   uuid,
    storage_config_id uuid,
    actor             text NOT NULL,
    action            text NOT NULL,
    outcome           text NOT NULL,
    ip                text,
    detail            jsonb NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX storage_audit_by_organization ON storage_audit (organization_id, id);

  CREATE FUNCTION storage_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'storage_audit is append-only';
    END
  $$;
  CREATE TRIGGER storage_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON storage_audit
    FOR EACH STATEMENT EXECUTE FUNCTION storage_audit_is_append_only();
`;
