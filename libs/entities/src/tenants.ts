import type { ClientBase } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { GATEWAY_ROLE, WORKER_ROLE } from './database-roles.js';

/** Whose rows: an organization's, or (null) the platform's own. */
export type Tenant = string | null;

/** Stands for the platform where null cannot. */
export const PLATFORM_ID = '00000000-0000-0000-0000-000000000000';

/** The setting that the policies of migration 0007 look at: ids parted by commas, or EVERY_TENANT; unset = nobody's. */
const SETTING = 'stowage.tenants';
const EVERY_TENANT = '*';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Who a connection is, and so which rows it sees before it says for whom it works:
 * - `gateway`: none at all
 * - `worker`: those of every tenant, for the work that is everybody's (claiming, the outbox, health, retention, keys);
 *   what it does on behalf of one tenant it does in `inTenant`
 * - `owner`: those of every tenant; migrations and the tools of administrators
 */
export type ConnectionKind = 'gateway' | 'worker' | 'owner';

const ROLE_OF: Record<ConnectionKind, string | null> = { gateway: GATEWAY_ROLE, worker: WORKER_ROLE, owner: null };

/**
 * To be run once on each new connection. It takes the group role where the database user may, so that a user with more
 * rights, a superuser whom no policy binds above all, has those of a gateway or worker and no others.
 */
export async function introduce(client: ClientBase, kind: ConnectionKind): Promise<void> {
  await client.query(
    `SELECT set_config('${SETTING}', $1, false),
            (SELECT set_config('role', rolname, false) FROM pg_roles
              WHERE rolname = $2
                AND CASE WHEN current_setting('server_version_num')::int < 160000
                         THEN pg_has_role(oid, 'MEMBER') ELSE pg_has_role(oid, 'SET') END)`,
    [kind === 'gateway' ? '' : EVERY_TENANT, ROLE_OF[kind]],
  );
}

/**
 * SQL that lets the rest of the transaction see, and write, the rows of these tenants only.
 * @throws Error when one of them is no UUID
 */
export function narrowTo(tenants: readonly Tenant[]): string {
  const ids = tenants.map((tenant) => tenant ?? PLATFORM_ID);
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined) throw new Error('A tenant is named by its UUID');
  return `SET LOCAL ${SETTING} = '${ids.join(',')}'`;
}

/** A transaction on behalf of these tenants: to a statement that forgets its WHERE, other rows do not exist. */
export function inTenants<T>(
  dataSource: DataSource,
  tenants: readonly Tenant[],
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const narrow = narrowTo(tenants);
  return dataSource.transaction(async (manager) => {
    await manager.query(narrow);
    return work(manager);
  });
}
