import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';

/** A caller of nothing but amqplib over direct reply-to, so that ours and its floor differ only in who answers. */
export async function bareCaller(url: string, exchange: string) {
  const user = new URL(url).username;
  const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
  const channel = await connection.createChannel();
  const waiting = new Map<string, (body: Buffer) => void>();
  await channel.consume(
    'amq.rabbitmq.reply-to',
    (message) => {
      if (message === null) return;
      const { correlationId } = message.properties as { correlationId: string };
      waiting.get(correlationId)?.(message.content);
      waiting.delete(correlationId);
    },
    { noAck: true },
  );
  return {
    /** @returns the body of the reply */
    call: (routingKey: string, body: Buffer, headers: Record<string, unknown>): Promise<Buffer> =>
      new Promise((resolve) => {
        const correlationId = randomUUID();
        waiting.set(correlationId, resolve);
        channel.publish(exchange, routingKey, body, {
          correlationId,
          replyTo: 'amq.rabbitmq.reply-to',
          contentType: 'application/json',
          userId: user,
          mandatory: true,
          headers: { ...headers, deadline: Date.now() + 10_000 },
        });
      }),
    close: () => connection.close(),
  };
}
