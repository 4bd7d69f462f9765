import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { EXCHANGES, schemaOf } from '@stowage/contracts';
import type { Fault } from '../fault.js';

const METHOD = 'storage.default.get';

export const requesterGone: Fault = {
  name: 'requester-gone',
  title: 'callers that die before their answer, and callers that want it in the queue of another',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organization, organizations } = experiment;
    await experiment.makeStorage();
    const data = Buffer.from(
      JSON.stringify({
        organization_id: organization,
        recipient: 'backup-service',
        purpose: 'write',
        nonce: randomUUID(),
      }),
    );
    const properties = () => ({
      messageId: randomUUID(),
      correlationId: randomUUID(),
      userId: 'backup',
      headers: { schema: schemaOf(METHOD), 'organization-id': organization, deadline: Date.now() + 5000 },
    });
    for (let caller = 1; caller <= experiment.count(50); caller++) {
      const connection = await amqp.connect(lab.system.serviceAmqpUrl);
      connection.on('error', () => undefined);
      const channel = await connection.createChannel();
      await channel.consume('amq.rabbitmq.reply-to', () => undefined, { noAck: true });
      channel.publish(EXCHANGES.rpc, METHOD, data, { ...properties(), replyTo: 'amq.rabbitmq.reply-to' });
      await connection.close();
    }
    const listener = await amqp.connect(lab.system.broker.url);
    const channel = await listener.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const thief = await amqp.connect(lab.system.serviceAmqpUrl);
    const stealing = await thief.createConfirmChannel();
    stealing.publish(EXCHANGES.rpc, METHOD, data, { ...properties(), replyTo: queue });
    await stealing.waitForConfirms();
    await commands.sendCreates(experiment.count(50), organizations);
    await experiment.settled();
    const stolen = (await channel.checkQueue(queue)).messageCount;
    experiment.require(stolen === 0, 'no answer goes to a queue that the registry does not name');
    await Promise.all([listener.close(), thief.close()]);
  },
};
