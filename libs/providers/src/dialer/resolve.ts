import { promises as dns } from 'node:dns';
import { StorageFailure } from '../failure.js';

/** Addresses of a name, as literals. @throws StorageFailure `network.unreachable`, `network.name_server` */
export type Resolve = (name: string, signal: AbortSignal) => Promise<string[]>;

/**
 * Asks the name servers alone, with bounds: the system's look-up can block for minutes in a pool of four threads, and it
 * appends search domains, so that a tenant's "rabbitmq" would be ours.
 * @param nameServers `address:port`, in place of the system's
 */
export function resolveByNameServers(nameServers: string[] = []): Resolve {
  return async (name, signal) => {
    const resolver = new dns.Resolver({ timeout: 1500, tries: 2 });
    if (nameServers.length > 0) resolver.setServers(nameServers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      if (addresses.length > 0) return addresses;
      const missing = answers.every((answer) => answer.status === 'rejected' && meansNoSuchName(answer.reason));
      throw new StorageFailure(missing ? 'network.unreachable' : 'network.name_server', { step: 'resolve' });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/** Development: also what /etc/hosts names, such as localhost. */
export const resolveBySystem: Resolve = async (name) => {
  try {
    return (await dns.lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN' ? 'network.name_server' : 'network.unreachable';
    throw new StorageFailure(code, { step: 'resolve' });
  }
};

function meansNoSuchName(reason: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EBADNAME', 'EBADQUERY'].includes((reason as NodeJS.ErrnoException).code ?? '');
}
