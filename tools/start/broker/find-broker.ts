import { MissingServerError } from '../../servers/index.js';
import type { DataDirectory } from '../data-directory.js';
import type { Settings } from '../settings.js';
import { StartError } from '../start-error.js';
import { composeBroker } from './compose-broker.js';
import { givenBroker } from './given-broker.js';
import { installedBroker } from './installed-broker.js';
import type { MessageBroker } from './message-broker.js';
import { unpackedBroker } from './unpacked-broker.js';

/** In this order; the first that can be had is taken. */
const WAYS = [installedBroker, unpackedBroker, composeBroker];

/**
 * The broker of AMQP_URL, else one of our own, else both applications in one process. A broker that happens to listen on
 * the default port belongs to somebody else and is not used.
 * @throws StartError
 */
export async function findBroker(
  { amqpUrl, isProduction }: Settings,
  data: DataDirectory,
  say: (line: string) => void,
): Promise<MessageBroker> {
  if (amqpUrl !== null) return givenBroker(amqpUrl);
  const reasons: string[] = [];
  for (const way of WAYS) {
    try {
      return await way(data, say);
    } catch (error) {
      if (!(error instanceof MissingServerError)) throw error;
      reasons.push(error.message);
    }
  }
  if (isProduction) throw new StartError(`No message broker; in production set AMQP_URL.\n${reasons.join('\n')}`);
  return { kind: 'in-process', reasons };
}
