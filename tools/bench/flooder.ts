import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { EXCHANGES, schemaOf } from '@stowage/contracts';

const BATCH = 250;

/** A service that sends tests of storages that nobody has, as fast as the broker confirms them, by bare amqplib. */
export async function flooder(url: string) {
  const connection = await amqp.connect(`${url}?heartbeat=10`, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  const publish = (organizationId: string, correlationId: string, routingKey = 'storage.test'): string => {
    const messageId = randomUUID();
    const data = { organization_id: organizationId, storage_config_id: randomUUID() };
    channel.publish(EXCHANGES.commands, routingKey, Buffer.from(JSON.stringify(data)), {
      messageId,
      correlationId,
      userId: new URL(url).username,
      contentType: 'application/json',
      timestamp: Math.floor(Date.now() / 1000),
      persistent: true,
      headers: { schema: schemaOf('storage.test'), 'organization-id': organizationId },
    });
    return messageId;
  };
  return {
    /** One command, not waited for. @returns its message id */
    publish,
    /** Resolves when the broker has confirmed all. */
    async flood(
      count: number,
      organizationId: () => string,
      correlationId: string,
      routingKey?: string,
    ): Promise<void> {
      for (let sent = 0; sent < count; sent++) {
        publish(organizationId(), correlationId, routingKey);
        if (sent % BATCH === BATCH - 1) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}
