import Fastify from 'fastify';
import { Pool } from 'pg';

/**
 * The floor of a listing: a bare Fastify handler that runs the same kind of query and sends the rows as they are. No token,
 * no permission, no validation. Arguments: URL of the database, organization.
 */
const [databaseUrl, organizationId] = process.argv.slice(2) as [string, string];
const pool = new Pool({ connectionString: databaseUrl, max: 10 });
const columns = await pool.query<{ column_name: string }>(
  "SELECT column_name FROM information_schema.columns WHERE table_name = 'storage_configs' AND column_name <> 'credentials_ct'",
);
const select = `SELECT ${columns.rows.map(({ column_name }) => column_name).join(', ')} FROM storage_configs
  WHERE organization_id = $1 ORDER BY created_at, id LIMIT 1000`;
const app = Fastify();
app.get('/', async () => (await pool.query(select, [organizationId])).rows);
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
