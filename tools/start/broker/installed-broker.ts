import { MissingServerError, missing, startRabbitmq } from '../../servers/index.js';
import type { DataDirectory } from '../data-directory.js';
import { type MessageBroker, ourBroker, ourDefinitions } from './message-broker.js';

/** A private node from the RabbitMQ that is installed here. @throws MissingServerError */
export async function installedBroker(data: DataDirectory, say: (line: string) => void): Promise<MessageBroker> {
  const reason = missing('rabbitmq');
  if (reason) throw new MissingServerError(reason);
  say('Starting a RabbitMQ node of its own from the installed rabbitmq-server …');
  const server = await startRabbitmq({
    directory: data.folder('rabbitmq'),
    password: data.password('broker-administrator'),
    definitions: ourDefinitions(data),
  });
  return ourBroker(data, 'RabbitMQ, the installed one, as a node of its own', server);
}
