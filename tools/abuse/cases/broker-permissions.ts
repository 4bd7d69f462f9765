import { randomUUID } from 'node:crypto';
import type { ChannelModel } from 'amqplib';
import { EXCHANGES, QUEUES } from '@stowage/contracts';
import type { AbuseCase } from '../abuse-case.js';
import { onChannel, published, refusal } from '../broker-refusal.js';
import { ask } from '../service-question.js';

export const BROKER_PERMISSIONS: AbuseCase[] = [
  {
    number: 62,
    tried: 'a service and the gateway reach for queues, exchanges and the firehose that are not theirs',
    proofs: [{ file: 'libs/messaging/src/private-broker.medium.ts' }],
    async attempt(trial) {
      const { system } = await trial.withStorage();
      const queues = Object.values(QUEUES);
      const tries: [string, string, (connection: ChannelModel) => Promise<unknown>][] = [];
      for (const who of ['service', 'gateway'] as const) {
        for (const queue of queues) {
          tries.push([who, `consumes ${queue}`, onChannel((channel) => channel.consume(queue, () => undefined))]);
          tries.push([who, `gets from ${queue}`, onChannel((channel) => channel.get(queue))]);
          tries.push([who, `posts into ${queue}`, (connection) => published(connection, '', queue)]);
          tries.push([who, `purges ${queue}`, onChannel((channel) => channel.purgeQueue(queue))]);
          tries.push([who, `deletes ${queue}`, onChannel((channel) => channel.deleteQueue(queue))]);
        }
        for (const exchange of [
          EXCHANGES.events,
          'storage.dlx',
          'amq.topic',
          'amq.direct',
          'amq.rabbitmq.trace',
          'amq.rabbitmq.event',
        ]) {
          tries.push([who, `publishes to ${exchange}`, (connection) => published(connection, exchange, 'x')]);
        }
        const forbidden = who === 'service' ? EXCHANGES.gateway : EXCHANGES.rpc;
        tries.push([
          who,
          `publishes to ${forbidden}`,
          (connection) => published(connection, forbidden, 'storage.delete'),
        ]);
        for (const exchange of [
          'amq.rabbitmq.trace',
          EXCHANGES.rpc,
          EXCHANGES.gateway,
          EXCHANGES.commands,
          'storage.dlx',
        ]) {
          tries.push([
            who,
            `binds a queue of its own to ${exchange}`,
            onChannel(async (channel) => {
              const { queue } = await channel.assertQueue('', { exclusive: true });
              await channel.bindQueue(queue, exchange, '#');
            }),
          ]);
        }
        tries.push([who, 'declares an exchange', onChannel((channel) => channel.assertExchange('evil', 'topic'))]);
        tries.push([who, 'declares a queue', onChannel((channel) => channel.assertQueue('evil'))]);
      }
      for (const [who, what, attempt] of tries) {
        const refused = await refusal(who === 'service' ? system.serviceAmqpUrl : system.gatewayAmqpUrl, attempt);
        trial.require(
          refused !== null && /ACCESS_REFUSED|ACCESS-REFUSED|403/.test(refused),
          `the ${who} ${what}: refused: ${refused}`,
        );
      }
      trial.saw(`${tries.length} refused by the broker`);
    },
  },
  {
    number: 65,
    tried: 'smuggling by CC and BCC, by a dead-letter exchange, by binding exchanges',
    async attempt(trial) {
      const { system, rest, id } = await trial.withStorage();
      const actor = { id: 'x', kind: 'user', ip: null };
      const body = { actor, request_id: randomUUID(), organization_id: rest.organization, storage_config_id: id };
      for (const header of ['CC', 'BCC']) {
        await ask(system, {
          exchange: EXCHANGES.commands,
          key: 'storage.test',
          body,
          properties: {
            headers: { schema: 'storage.delete/1', [header]: ['storage.delete', QUEUES.gateway, QUEUES.rpc] },
          },
        });
      }
      const tries: [string, (connection: ChannelModel) => Promise<unknown>][] = [
        [
          'a dead-letter exchange on a queue of its own',
          onChannel(async (channel) => {
            const { queue } = await channel.assertQueue('', {
              exclusive: true,
              arguments: {
                'x-dead-letter-exchange': EXCHANGES.gateway,
                'x-dead-letter-routing-key': 'storage.delete',
                'x-message-ttl': 0,
              },
            });
            channel.sendToQueue(queue, Buffer.from(JSON.stringify(body)));
          }),
        ],
        [
          'exchange to exchange',
          onChannel((channel) => channel.bindExchange(EXCHANGES.gateway, EXCHANGES.commands, '#')),
        ],
        ['the default exchange', (connection) => published(connection, '', QUEUES.gateway)],
      ];
      for (const [what, attempt] of tries) {
        const refused = await refusal(system.serviceAmqpUrl, attempt);
        trial.saw(`${what}: ${refused === null ? 'let through by the broker' : 'refused'}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { status } = await rest.send('GET', `/storage-configs/${id}`);
      trial.require(status === 200, 'whatever way it came, the storage is there');
    },
  },
];
