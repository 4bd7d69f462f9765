import amqp, { type ConsumeMessage } from 'amqplib';
import { Client } from 'pg';

/**
 * The floor of taking commands in: a bare amqplib consumer of a quorum queue that writes what it gets, 200 rows a
 * statement, into a table like the worker's, indexes included, and acknowledges after the commit. Nothing is read,
 * checked, authorised or coalesced. Arguments: AMQP URL, database URL, queue, exchange, routing key, table.
 */
const [url, databaseUrl, queue, exchange, routingKey, table] = process.argv.slice(2) as [
  ...[string, string, string, string, string, string],
];
const BATCH = 200;
const WINDOW_MS = 5;
const database = new Client({ connectionString: databaseUrl });
await database.connect();
const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
await channel.bindQueue(queue, exchange, routingKey);
await channel.prefetch(2 * BATCH);

let waiting: ConsumeMessage[] = [];
let writing = false;
await channel.consume(queue, (message) => {
  if (message === null) return;
  waiting.push(message);
  if (waiting.length >= BATCH) void write();
  else setTimeout(() => void write(), WINDOW_MS);
});
process.stdout.write('ready\n');

async function write(): Promise<void> {
  if (writing || waiting.length === 0) return;
  writing = true;
  const batch = waiting.splice(0, BATCH);
  await database.query(
    `INSERT INTO ${table} (id, kind, organization_id, storage_config_id, caller_id, message_id, correlation_id)
     SELECT id, 'storage.test', (body->>'organization_id')::uuid, (body->>'storage_config_id')::uuid, 'bench', id, correlation
       FROM unnest($1::uuid[], $2::jsonb[], $3::text[]) AS incoming (id, body, correlation) ON CONFLICT DO NOTHING`,
    [
      batch.map(({ properties }) => properties.messageId as string),
      batch.map(({ content }) => content.toString()),
      batch.map(({ properties }) => properties.correlationId as string),
    ],
  );
  channel.ack(batch.at(-1)!, true);
  writing = false;
  if (waiting.length >= BATCH) void write();
  else setTimeout(() => void write(), WINDOW_MS);
}
