import amqp from 'amqplib';
import { EXCHANGES } from '@stowage/contracts';

const QUEUE = 'faults.events';

export interface RecordedEvent {
  id: string;
  event: string;
  organizationId: string | null;
  storageConfigId: string | null;
  sequence: number | null;
}

/** A durable queue that hears every event, as a careful consumer's would; read with bare amqplib, not with our own. */
export class EventRecorder {
  constructor(private readonly url: string) {}

  async begin(): Promise<void> {
    const connection = await amqp.connect(this.url);
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(QUEUE, EXCHANGES.events, '#');
    await connection.close();
  }

  /** Takes out all that was heard since the last time, in the order of the queue. */
  async take(): Promise<RecordedEvent[]> {
    const connection = await amqp.connect(this.url, { noDelay: true });
    const channel = await connection.createChannel();
    const events: RecordedEvent[] = [];
    for (;;) {
      const message = await channel.get(QUEUE);
      if (message === false) break;
      const data = JSON.parse(message.content.toString()) as Record<string, string | number | null>;
      events.push({
        id: String(message.properties.messageId),
        event: message.fields.routingKey,
        organizationId: (data['organization_id'] ?? null) as string | null,
        storageConfigId: (data['storage_config_id'] ?? null) as string | null,
        sequence: (data['sequence'] ?? null) as number | null,
      });
      channel.ack(message);
    }
    await channel.close();
    await connection.close();
    return events;
  }
}
