import { connect } from 'amqplib';
import type { Topology } from '../topology.js';

/**
 * `describe` on the RabbitMQ of AMQP_URL. Without one the tests are skipped and the output says how to get it; where `CI`
 * is set that fails the run.
 */
export function describeOnRabbitmq(name: string, tests: (url: string) => void): void {
  const url = process.env['AMQP_URL'];
  if (!url && !process.env['CI']) {
    process.emitWarning(`Skipped: ${name}. Set AMQP_URL, or run \`npm test\`, which starts a RabbitMQ`);
    describe.skip(name, () => tests(''));
    return;
  }
  describe(name, () => {
    if (!url) throw new Error('AMQP_URL is not set: run `npm test`, which starts a RabbitMQ');
    tests(url);
  });
}

/** Removes what a test declared under names of its own. */
export async function removeTopology(url: string, topology: Topology): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  for (const { name } of topology.queues) await channel.deleteQueue(name);
  for (const exchange of topology.exchanges) await channel.deleteExchange(exchange);
  await connection.close();
}
