import type { Channel } from 'amqplib';
import type { BrokerLogger } from './broker-logger.js';
import { closeQuietly } from './supervised-channel.js';
import type { QueueDeclaration, Topology } from './topology.js';

const PRECONDITION_FAILED = 406;

export interface ChannelSource {
  createChannel(): Promise<Channel>;
}

/** Declares exchanges, lasting queues and bindings. What exists otherwise is reported and used as it is, never deleted. */
export async function declareTopology(source: ChannelSource, topology: Topology, logger: BrokerLogger): Promise<void> {
  for (const exchange of topology.exchanges) {
    await declare(source, logger, `exchange ${exchange}`, (channel) =>
      channel.assertExchange(exchange, 'topic', { durable: true }),
    );
  }
  for (const queue of topology.queues) {
    if (queue.kind === 'quorum') await declareQueue(source, queue, logger);
  }
}

/** Transient queues are declared by their consumers, again after each loss: they went with the last of them. */
export async function declareQueue(
  source: ChannelSource,
  { name, kind, bindings, arguments: args }: QueueDeclaration,
  logger: BrokerLogger,
): Promise<void> {
  await declare(source, logger, `queue ${name}`, (channel) =>
    channel.assertQueue(name, { durable: true, autoDelete: kind === 'transient', arguments: args }),
  );
  await onOwnChannel(source, async (channel) => {
    for (const { exchange, routingKey } of bindings) await channel.bindQueue(name, exchange, routingKey);
  });
}

async function declare(
  source: ChannelSource,
  logger: BrokerLogger,
  what: string,
  assert: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  try {
    await onOwnChannel(source, assert);
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    logger.warn(`The ${what} exists with other arguments than ours; it is used as it is`);
  }
}

/** A refused declaration closes its channel, so each has its own. */
async function onOwnChannel(source: ChannelSource, work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await source.createChannel();
  let closed = false;
  channel.on('error', () => undefined);
  channel.on('close', () => (closed = true));
  try {
    await work(channel);
  } finally {
    if (!closed) await closeQuietly(channel);
  }
}
