import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';

/** Calls `amqp-echo.ts` with bare amqplib. Returns how to call it once and how to hang up. */
export async function echoCaller(url: string, queue: string, request: Buffer) {
  const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
  const channel = await connection.createChannel();
  const waiting = new Map<string, () => void>();
  await channel.consume(
    'amq.rabbitmq.reply-to',
    (message) => {
      const id = (message?.properties as { correlationId?: string } | undefined)?.correlationId ?? '';
      waiting.get(id)?.();
      waiting.delete(id);
    },
    { noAck: true },
  );
  return {
    call: () =>
      new Promise<void>((resolve) => {
        const correlationId = randomUUID();
        waiting.set(correlationId, resolve);
        channel.publish('', queue, request, {
          correlationId,
          replyTo: 'amq.rabbitmq.reply-to',
          contentType: 'application/json',
        });
      }),
    close: () => connection.close(),
  };
}
