import { StartError } from '../start-error.js';
import { speaksAmqp } from './speaks-amqp.js';
import type { MessageBroker } from './message-broker.js';

/** The broker of AMQP_URL: its one user is everybody's, also in the service registry. @throws StartError */
export async function givenBroker(amqpUrl: string): Promise<MessageBroker> {
  const url = URL.canParse(amqpUrl) ? new URL(amqpUrl) : null;
  if (!url || !['amqp:', 'amqps:'].includes(url.protocol)) {
    throw new StartError('AMQP_URL must be amqp://user:password@host:port or amqps://…');
  }
  const secure = url.protocol === 'amqps:';
  const address = { host: url.hostname, port: Number(url.port || (secure ? 5671 : 5672)), secure };
  if (!(await speaksAmqp(address))) {
    throw new StartError(`AMQP_URL: no message broker answers at ${address.host}:${address.port}`);
  }
  return {
    kind: 'rabbitmq',
    description: `AMQP_URL (${address.host}:${address.port})`,
    urlOf: () => amqpUrl,
    serviceUser: decodeURIComponent(url.username) || 'guest',
    stop: async () => undefined,
  };
}
