import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { EXCHANGES } from '@stowage/contracts';
import { Pool } from 'pg';
import { startBare } from './bare-process.js';
import type { Bench } from './bench.js';
import { contest, line } from './measure.js';

const NOTIFICATIONS = 'bench_outbox';
const EVENT = 'storage.usage.refreshed';
const MOST_MS = 20;

/**
 * From the insert of an event, its commit included, to its arrival at a subscriber, against a bare process that publishes
 * what a notification of the database names.
 */
export const outboxLag: Bench = {
  name: 'outbox-lag',
  async run({ system }) {
    const database = new Pool({ connectionString: system.databaseUrl, max: 10 });
    const { stop } = await startBare(
      'bare-relay.js',
      system.broker.url,
      system.databaseUrl,
      NOTIFICATIONS,
      EXCHANGES.events,
      EVENT,
    );
    const connection = await amqp.connect(system.broker.url, { noDelay: true });
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, EXCHANGES.events, EVENT);
    const awaited = new Map<string, () => void>();
    await channel.consume(
      queue,
      (message) => awaited.get((message?.properties as { messageId: string } | undefined)?.messageId ?? '')?.(),
      { noAck: true },
    );
    const arrivalAfter = (sql: string) => async (): Promise<void> => {
      const id = randomUUID();
      const arrived = new Promise<void>((resolve) => awaited.set(id, resolve));
      await database.query(sql, [id]);
      await arrived;
      awaited.delete(id);
    };
    try {
      const ours = arrivalAfter(`INSERT INTO outbox (message_id, event, data) VALUES ($1, '${EVENT}', '{}')`);
      const floor = arrivalAfter(`SELECT pg_notify('${NOTIFICATIONS}', $1::text)`);
      const lines = [`From insert to subscriber through the outbox; p50 at most ${MOST_MS} ms (ours / floor)`];
      for (const concurrency of [1, 10]) {
        const result = await contest({ rounds: 4, calls: 50 * concurrency, concurrency }, ours, floor);
        lines.push(line(`  ${concurrency} at once`, result));
      }
      return lines;
    } finally {
      stop();
      await connection.close();
      await database.end();
    }
  },
};
