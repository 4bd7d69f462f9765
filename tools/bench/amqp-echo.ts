import amqp from 'amqplib';

/**
 * The floor of an RPC: a bare amqplib consumer that answers each request with the same bytes, as a process of its own with
 * the settings of the worker (no delay, prefetch 50, consumer acknowledgement, transient messages, direct reply-to).
 * Arguments: URL, queue, size of the answer in bytes.
 */
const [url, queue, size] = process.argv.slice(2) as [string, string, string];
const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
const channel = await connection.createChannel();
await channel.assertQueue(queue, { durable: true, autoDelete: true });
await channel.prefetch(50);
const answer = Buffer.alloc(Number(size), 'x');
await channel.consume(queue, (message) => {
  if (message === null) return;
  const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string };
  channel.publish('', replyTo, answer, { correlationId, contentType: 'application/json' });
  channel.ack(message);
});
process.stdout.write('ready\n');
