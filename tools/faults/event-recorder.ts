import amqp, { type ConsumeMessage } from 'amqplib';
import { EXCHANGES } from '@stowage/contracts';
import { waitFor } from './wait-for.js';

const QUEUE = 'faults.events';
const READ_SECONDS = 60;

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
    const { messageCount } = await channel.checkQueue(QUEUE);
    const messages: ConsumeMessage[] = [];
    if (messageCount > 0) {
      // In one stream: to ask for each would take a round trip apiece. What comes beside these goes back with the channel.
      await channel.consume(QUEUE, (message) => {
        if (message === null || messages.length === messageCount) return;
        messages.push(message);
        channel.ack(message);
      });
      await waitFor('All events are read', READ_SECONDS, () => messages.length === messageCount);
    }
    await channel.close();
    await connection.close();
    return messages.map(eventOf);
  }
}

function eventOf({ content, properties, fields }: ConsumeMessage): RecordedEvent {
  const data = JSON.parse(content.toString()) as Record<string, string | number | null>;
  return {
    id: String(properties.messageId),
    event: fields.routingKey,
    organizationId: (data['organization_id'] ?? null) as string | null,
    storageConfigId: (data['storage_config_id'] ?? null) as string | null,
    sequence: (data['sequence'] ?? null) as number | null,
  };
}
