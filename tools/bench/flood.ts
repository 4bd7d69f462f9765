import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { waitFor } from '../faults/wait-for.js';
import type { Bench } from './bench.js';
import { flooder } from './flooder.js';
import { line, Sample } from './measure.js';

const FLOOD = 10_000;
/** Enough for a p99 that is not the worst one. */
const QUIET_COMMANDS = 600;
const QUIET_ORGANIZATIONS = 10;
const QUIET_EVERY_MS = 20;
const MOST_MS = 1_000;
const PATIENCE_SECONDS = 120;

/**
 * From the sending of a quiet organization's command to the start of its run, while another organization floods, against
 * the same without a flood. Those measured begin with the flood and last longer than its taking in.
 */
export const flood: Bench = {
  name: 'flood',
  async run({ system }) {
    const database = new Pool({ connectionString: system.databaseUrl, max: 1 });
    const [quiet, loud] = await Promise.all([flooder(system.serviceAmqpUrl), flooder(system.serviceAmqpUrl)]);
    const startDelays = async (): Promise<Sample> => {
      const organizations = Array.from({ length: QUIET_ORGANIZATIONS }, () => randomUUID());
      const sentAt = new Map<string, number>();
      for (let sent = 0; sent < QUIET_COMMANDS; sent++) {
        sentAt.set(quiet.publish(organizations[sent % QUIET_ORGANIZATIONS]!, 'quiet'), Date.now());
        await sleep(QUIET_EVERY_MS);
      }
      const started = await startsOf(database, [...sentAt.keys()]);
      return new Sample([...started].map(([id, at]) => at - sentAt.get(id)!));
    };
    try {
      const floor = await startDelays();
      const organizationId = randomUUID();
      const flooding = loud.flood(FLOOD, () => organizationId, 'flood');
      const ours = await startDelays();
      await flooding;
      await takeAway(database, organizationId);
      return [
        `Start delay of a quiet organization while another sends ${FLOOD} commands; p99 below ${MOST_MS} ms (flood / calm)`,
        line(`  ${QUIET_COMMANDS} of ${QUIET_ORGANIZATIONS}, one every ${QUIET_EVERY_MS} ms`, { ours, floor }),
        `  slowest of them ${ours.percentile(1).toFixed(0)} ms`,
      ];
    } finally {
      await Promise.all([quiet.close(), loud.close()]);
      await database.end();
    }
  },
};

/** Resolves when all have begun. */
function startsOf(database: Pool, ids: string[]): Promise<Map<string, number>> {
  return waitFor('Every quiet command has begun', PATIENCE_SECONDS, async () => {
    const { rows } = await database.query<{ message_id: string; started_at: Date }>(
      'SELECT message_id, started_at FROM storage_operations WHERE message_id = ANY($1) AND started_at IS NOT NULL',
      [ids],
    );
    return rows.length === ids.length && new Map(rows.map((row) => [row.message_id, row.started_at.getTime()]));
  });
}

/** The flood, so that it does not run on into the next benchmark: all of it has to have come. */
async function takeAway(database: Pool, organizationId: string): Promise<void> {
  await waitFor('All of the flood is taken in', PATIENCE_SECONDS, async () => {
    const sql = 'SELECT count(*)::int AS rows FROM storage_operations WHERE tenant_id = $1';
    return (await database.query<{ rows: number }>(sql, [organizationId])).rows[0]!.rows === FLOOD;
  });
  await database.query('DELETE FROM storage_operations WHERE tenant_id = $1', [organizationId]);
}
