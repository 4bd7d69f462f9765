import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { EgressPolicy } from '@stowage/providers';
import type { WorkerEnvironment } from '../environment.js';

/** Token of the `EgressPolicy`. */
export const EGRESS_POLICY = Symbol('EGRESS_POLICY');

/** What may be dialled: as the administrator says, and never our own database and broker. */
export async function egressPolicyOf(environment: WorkerEnvironment): Promise<EgressPolicy> {
  const ours = await Promise.all([environment.DATABASE_URL, environment.AMQP_URL].map(addressesOf));
  return {
    allow: environment.EGRESS_ALLOW,
    deny: [...environment.EGRESS_DENY, ...ours.flat()],
    allowLoopback: environment.EGRESS_ALLOW_LOOPBACK,
    nameServers: environment.EGRESS_NAME_SERVERS,
  };
}

/** A name that does not resolve now cannot be told apart from any other, so it is left out. */
async function addressesOf(url: string | null): Promise<string[]> {
  if (url === null || !URL.canParse(url)) return [];
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => `${address}/${isIPv6(address) ? 128 : 32}`);
}
