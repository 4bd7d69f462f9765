import type { AmqpConnection } from './amqp-connection.js';
import type { BrokerLogger } from './broker-logger.js';
import { SupervisedChannel } from './supervised-channel.js';
import { jsonBody } from './wire-message.js';

const TIMEOUT_MS = 2_000;

/** Sends replies: transient and without confirms, as an asker that hears nothing asks again. */
export class AmqpReplier {
  private readonly channel: SupervisedChannel;

  constructor(
    connection: AmqpConnection,
    private readonly user: string,
    logger: BrokerLogger,
  ) {
    this.channel = new SupervisedChannel({ purpose: 'reply', open: () => connection.createChannel(), logger });
  }

  async reply(replyTo: string, correlationId: string, data: unknown, progress: boolean): Promise<void> {
    const channel = this.channel.current ?? (await this.channel.opened(TIMEOUT_MS));
    channel?.publish('', replyTo, jsonBody(data), {
      contentType: 'application/json',
      correlationId,
      userId: this.user,
      headers: progress ? { progress: true } : {},
    });
  }

  async close(): Promise<void> {
    await this.channel.close();
  }
}
