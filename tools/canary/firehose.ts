import amqp, { type ChannelModel } from 'amqplib';
import type { Rabbitmq } from '../servers/index.js';
import type { Canaries } from './canaries.js';

/**
 * Sees a copy of every message that the broker is given and gives out.
 * https://www.rabbitmq.com/docs/firehose
 */
export class Firehose {
  readonly hits = new Set<string>();
  messages = 0;

  private constructor(
    private readonly connection: ChannelModel,
    private readonly broker: Rabbitmq,
  ) {}

  static async open(broker: Rabbitmq, canaries: Canaries): Promise<Firehose> {
    await broker.ctl('trace_on');
    const connection = await amqp.connect(broker.url);
    connection.on('error', () => undefined);
    const firehose = new Firehose(connection, broker);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'amq.rabbitmq.trace', '#');
    await channel.consume(
      queue,
      (message) => {
        if (!message) return;
        firehose.messages++;
        const { content, fields, properties } = message;
        const copy = Buffer.concat([content, Buffer.from(JSON.stringify(properties))]);
        for (const hit of canaries.in(copy)) firehose.hits.add(`${fields.routingKey}: ${hit}`);
      },
      { noAck: true },
    );
    return firehose;
  }

  async close(): Promise<void> {
    await this.broker.ctl('trace_off');
    await this.connection.close();
  }
}
