import { randomUUID } from 'node:crypto';
import { EXCHANGES } from '@stowage/contracts';
import { Pool } from 'pg';
import { waitFor } from '../faults/wait-for.js';
import { startBare } from './bare-process.js';
import type { Bench } from './bench.js';
import { flooder } from './flooder.js';

const COMMANDS = 20_000;
const WARM_UP = 2_000;
const ORGANIZATIONS = 100;
const LEAST_PER_SECOND = 3_000;
const PATIENCE_SECONDS = 120;
const TABLE = 'bench_ingest';
const ROUTING_KEY = 'bench.ingest';

/**
 * Commands taken in per second, from the first one sent to the last row committed, while their sender floods and the
 * worker runs what it has taken, against a bare consumer that only writes.
 */
export const ingest: Bench = {
  name: 'ingest',
  async run({ system }) {
    const database = new Pool({ connectionString: system.databaseUrl, max: 1 });
    await database.query(`CREATE TABLE ${TABLE} (LIKE storage_operations INCLUDING ALL)`);
    const { stop } = await startBare(
      'bare-ingest.js',
      system.broker.url,
      system.databaseUrl,
      TABLE,
      EXCHANGES.commands,
      ROUTING_KEY,
      TABLE,
    );
    const sender = await flooder(system.serviceAmqpUrl);
    const organizations = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
    const perSecond = async (count: number, table: string, routingKey: string): Promise<number> => {
      const correlation = randomUUID();
      let next = 0;
      const began = performance.now();
      const sent = sender.flood(count, () => organizations[next++ % ORGANIZATIONS]!, correlation, routingKey);
      await waitFor(`${count} rows in ${table}`, PATIENCE_SECONDS, async () => {
        const sql = `SELECT count(*)::int AS rows FROM ${table} WHERE correlation_id = $1`;
        return (await database.query<{ rows: number }>(sql, [correlation])).rows[0]!.rows === count;
      });
      const seconds = (performance.now() - began) / 1000;
      await sent;
      await database.query(`DELETE FROM ${table} WHERE correlation_id = $1`, [correlation]);
      return count / seconds;
    };
    try {
      const rates: { ours: number; floor: number }[] = [];
      for (const count of [WARM_UP, COMMANDS, COMMANDS]) {
        rates.push({
          ours: await perSecond(count, 'storage_operations', 'storage.test'),
          floor: await perSecond(count, TABLE, ROUTING_KEY),
        });
      }
      return [
        `Commands taken in per second, ${COMMANDS} sent by one sender; at least ${LEAST_PER_SECOND} (ours / floor)`,
        ...rates
          .slice(1)
          .map(
            ({ ours, floor }) =>
              `  ${ours.toFixed(0)} / ${floor.toFixed(0)} per second = ${(floor / ours).toFixed(2)}x`,
          ),
      ];
    } finally {
      stop();
      await sender.close();
      await database.query(`DROP TABLE ${TABLE}`);
      await database.end();
    }
  },
};
