import amqp from 'amqplib';
import { Client } from 'pg';

/**
 * The floor of the outbox: what a notification of the database names is published at once. No table is read, no order kept,
 * nothing marked as sent. Arguments: AMQP URL, database URL, channel to LISTEN to, exchange, routing key.
 */
const [url, databaseUrl, notifications, exchange, routingKey] = process.argv.slice(2) as [
  ...[string, string, string, string, string],
];
const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
const channel = await connection.createConfirmChannel();
const database = new Client({ connectionString: databaseUrl });
database.on('notification', ({ payload }) => {
  channel.publish(exchange, routingKey, Buffer.from('{}'), { messageId: payload, persistent: true });
});
await database.connect();
await database.query(`LISTEN ${notifications}`);
process.stdout.write('ready\n');
