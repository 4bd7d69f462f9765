import amqp from 'amqplib';
import { EXCHANGES } from '@stowage/contracts';
import { AmqpBroker, PublishError } from '@stowage/messaging';
import type { Fault } from '../fault.js';
import { waitFor } from '../wait-for.js';

const UNROUTED = 'storage.unrouted';

export const unroutable: Fault = {
  name: 'unroutable',
  title: 'messages under keys that nobody knows: kept where it shows, or refused to their sender',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, random } = experiment;
    const broker = new AmqpBroker({ url: lab.system.serviceAmqpUrl, name: 'backup-service' });
    const publish = (exchange: string) =>
      broker.publish({ exchange, routing_key: 'storage.tset', message_id: random.uuid(), data: {} });
    try {
      await publish(EXCHANGES.commands);
      const refusal = await publish(EXCHANGES.backupEvents).catch((error: unknown) => error);
      experiment.require(
        refusal instanceof PublishError && refusal.reason === 'unroutable',
        'a report under an unknown key is refused to its sender',
      );
    } finally {
      await broker.close();
    }
    const connection = await amqp.connect(lab.system.broker.url);
    const channel = await connection.createChannel();
    await waitFor('The command is kept', 5, async () => (await channel.checkQueue(UNROUTED)).messageCount === 1);
    await channel.purgeQueue(UNROUTED);
    await connection.close();
    await commands.sendCreates(experiment.count(50), organizations);
    await experiment.settled();
    experiment.figures.push('kept in storage.unrouted; refused as unroutable');
  },
};
