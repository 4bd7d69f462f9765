import type { MigrationInterface, QueryRunner } from 'typeorm';

/** SQL: the owner of a row of each table; the nil UUID stands for the platform. */
const OWNERS = {
  storage_configs: `coalesce(organization_id, '00000000-0000-0000-0000-000000000000')`,
  storage_operations: `coalesce(organization_id, '00000000-0000-0000-0000-000000000000')`,
  backups: 'organization_id',
  outbox: `coalesce(organization_id, '00000000-0000-0000-0000-000000000000')`,
  request_outcomes: `coalesce(organization_id, '00000000-0000-0000-0000-000000000000')`,
  idempotency_keys: 'organization_id',
  storage_audit: `coalesce(organization_id, '00000000-0000-0000-0000-000000000000')`,
  egress_allowances: `'00000000-0000-0000-0000-000000000000'::uuid`,
};

const EVERY_TENANT = `(SELECT current_setting('stowage.tenants', true) = '*')`;
// As sub-selects they are computed once a statement, not once a row.
const IN_TENANTS = 'ANY ((SELECT stowage_tenants())::uuid[])';

/** A point of history is its config's, whose own policy decides. */
const HISTORY = 'storage_config_id = ANY (ARRAY(SELECT id FROM storage_configs))';

/**
 * The second wall between organizations: a statement sees and writes the rows of the tenants that its transaction has
 * named in `stowage.tenants`, whatever its WHERE says; with nobody named, none. FORCE binds the owner of the tables too.
 * `*` is for the work that is everybody's, and not for the gateway: a restrictive policy keeps its role from it.
 */
export class PartTenants1764000600000 implements MigrationInterface {
  readonly name = 'PartTenants1764000600000';

  async up(database: QueryRunner): Promise<void> {
    await database.query('ALTER TABLE request_outcomes ADD COLUMN organization_id uuid');
    await database.query(FUNCTIONS);
    for (const [table, owner] of Object.entries(OWNERS)) {
      await database.query(policyOf(table, `${owner} = ${IN_TENANTS}`));
    }
    await database.query(policyOf('storage_history', HISTORY));
  }

  async down(database: QueryRunner): Promise<void> {
    for (const table of [...Object.keys(OWNERS), 'storage_history']) {
      await database.query(`
        DROP POLICY tenants ON ${table};
        DROP POLICY IF EXISTS only_tenants ON ${table};
        ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
      `);
    }
    await database.query(`
      DROP FUNCTION stowage_confine_to_tenants(text);
      DROP FUNCTION outbox_has_events_from(bigint);
      DROP FUNCTION stowage_tenants();
      ALTER TABLE request_outcomes DROP COLUMN organization_id;
    `);
  }
}

const policyOf = (table: string, isTheirs: string): string => `
  ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenants ON ${table} USING (${EVERY_TENANT} OR ${isTheirs});
`;

const FUNCTIONS = `
  CREATE FUNCTION stowage_tenants() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('stowage.tenants', true) = '*' THEN '{}'
                ELSE string_to_array(nullif(current_setting('stowage.tenants', true), ''), ',')::uuid[] END
  $$;

  -- A role that has to name its tenants: policies are repeated for it without the way around them. Roles may be made
  -- after the migration, so this is called whenever they are granted.
  CREATE FUNCTION stowage_confine_to_tenants(confined text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      wall record;
    BEGIN
      FOR wall IN
        SELECT tablename FROM pg_policies p
         WHERE schemaname = current_schema() AND policyname = 'tenants'
           AND NOT EXISTS (SELECT FROM pg_policies known
                            WHERE known.schemaname = p.schemaname AND known.tablename = p.tablename
                              AND known.policyname = 'only_tenants' AND confined = ANY (known.roles))
      LOOP
        EXECUTE format(
          'CREATE POLICY only_tenants ON %I AS RESTRICTIVE TO %I USING ((SELECT coalesce(current_setting(''stowage.tenants'', true), '''') <> ''*''))',
          wall.tablename, confined);
      END LOOP;
    END
  $$;

  -- The one question of a gateway that is about all tenants at once: whether there is anything to wait for. A SET clause
  -- would do, but only a superuser may give a function one of a setting that no extension has declared.
  CREATE FUNCTION outbox_has_events_from(first bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    DECLARE
      named text := coalesce(current_setting('stowage.tenants', true), '');
      found boolean;
    BEGIN
      PERFORM set_config('stowage.tenants', '*', true);
      found := EXISTS (SELECT FROM outbox WHERE transaction_id >= first);
      PERFORM set_config('stowage.tenants', named, true);
      RETURN found;
    END
  $$;
`;
