import { generateKeyPairSync, sign } from 'node:crypto';
import amqp from 'amqplib';

/**
 * The floor of an RPC: a bare amqplib consumer that answers each request with the same bytes, as a process of its own with
 * the settings of the worker: the same kind of queue (classic, durable, auto-delete), bound to the same exchange, the same
 * prefetch, no delay, acknowledgement by the consumer, reply and acknowledgement on one channel, transient messages.
 * Arguments: URL, queue, exchange, routing key, size of the answer in bytes, and `signed` where each answer bears an Ed25519
 * signature of its own: what the contract costs whoever answers.
 */
const [url, queue, exchange, routingKey, size, signed] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string?,
];
const { privateKey } = generateKeyPairSync('ed25519');
const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true, autoDelete: true });
await channel.bindQueue(queue, exchange, routingKey);
await channel.prefetch(100);
const answer = Buffer.alloc(Number(size), 'x');
await channel.consume(queue, (message) => {
  if (message === null) return;
  if (signed !== undefined) sign(null, answer, privateKey).copy(answer);
  const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string };
  channel.publish('', replyTo, answer, { correlationId, contentType: 'application/json' });
  channel.ack(message);
});
process.stdout.write('ready\n');
