import { Client } from 'pg';
import type { Canaries } from './canaries.js';

/** Every row of every table as text, as a dump has it. */
export async function scanTables(databaseUrl: string, canaries: Canaries): Promise<{ rows: number; hits: string[] }> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    // What is still in memory is on the disk then, for whoever looks at the files.
    await client.query('CHECKPOINT');
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const hits: string[] = [];
    let rows = 0;
    for (const { name } of tables.rows) {
      const { rows: content } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      rows += content.length;
      for (const hit of canaries.in(content.map(({ text }) => text).join('\n'))) hits.push(`table ${name}: ${hit}`);
    }
    return { rows, hits };
  } finally {
    await client.end();
  }
}
