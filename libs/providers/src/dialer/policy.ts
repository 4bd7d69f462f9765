import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Provider } from '@stowage/contracts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** A private network that storage may live in. */
export interface EgressAllowance {
  cidr: string;
  ports: number[];
  providers: Provider[];
  /** Left out: every organization and the platform itself. */
  organization_ids?: string[];
  note?: string;
}

/** Plain data, so that it can be handed to a thread. */
export interface EgressPolicy {
  allow: EgressAllowance[];
  /** CIDRs that are never dialled, whatever `allow` says: database, broker. */
  deny: string[];
  /** Development only. */
  allowLoopback: boolean;
  /** `address:port` of the name servers to ask; left out or empty: those of this machine. */
  nameServers?: string[];
}

/** For whom a connection is made. */
export interface DialerIdentity {
  provider: Provider;
  organizationId: string | null;
}

export type Verdict = 'allowed' | 'denied';

/** No allowance reaches these: ourselves, link-local, multicast, and where clouds keep their metadata services. */
const NEVER = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200/32', // Alibaba Cloud
  '168.63.129.16/32', // Azure
  '192.0.0.192/32', // Oracle Cloud
  'fd00:ec2::254/128', // AWS
  'fd20:ce::254/128', // Google Cloud
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  // IPv4 addresses inside IPv6 ones: what they lead to depends on the network. ::ffff:0:0/96 is judged as IPv4 instead.
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2001::/32',
  '2002::/16',
].map(parseNetwork);

/** Widest networks that an allowance may open. */
const MIN_PREFIX_LENGTH = { ipv4: 16, ipv6: 48 };

/** Ports of services that are no storage and that a request of ours could be made to speak to. */
const NEVER_PORTS = new Set([
  25, 53, 110, 143, 465, 587, 993, 2049, 2375, 2376, 2379, 2380, 3306, 4369, 5432, 5671, 5672, 6379, 6443, 8500, 9200,
  9300, 10250, 11211, 15672, 25672, 27017,
]);

const LOW_PORTS: Record<Provider, readonly number[]> = {
  aws_s3: [80, 443],
  cloudflare_r2: [80, 443],
  backblaze_b2: [80, 443],
  minio: [80, 443],
  sftp: [22, 23],
  ftp: [21, 990],
};

/** Judges one address literal, as it came from a look-up or from a socket. */
export function judgeAddress(policy: EgressPolicy, identity: DialerIdentity, literal: string, port: number): Verdict {
  if (!ipaddr.isValid(literal) || literal.includes('%')) return 'denied';
  const address = ipaddr.process(literal);
  if (isLoopback(address)) return policy.allowLoopback ? 'allowed' : 'denied';
  if (isWithinAny(address, NEVER) || isOurs(address)) return 'denied';
  if (isWithinAny(address, policy.deny.map(parseNetwork))) return 'denied';
  if (address.range() === 'unicast') return 'allowed';
  return policy.allow.some((entry) => opens(entry, identity, address, port)) ? 'allowed' : 'denied';
}

/** Judges a port by itself, before any look-up. Ports below 1024 that an allowance names are open to its providers. */
export function judgePort(policy: EgressPolicy, identity: DialerIdentity, port: number): Verdict {
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || NEVER_PORTS.has(port)) return 'denied';
  if (port >= 1024 || LOW_PORTS[identity.provider].includes(port)) return 'allowed';
  return policy.allow.some((entry) => entry.ports.includes(port) && concerns(entry, identity)) ? 'allowed' : 'denied';
}

/** What is wrong with an allowance: sentences for an administrator; none when it is good. */
export function problemsOfAllowance(entry: EgressAllowance): string[] {
  if (!ipaddr.isValidCIDR(entry.cidr)) return [`cidr ${entry.cidr} is not a network, e.g. 10.20.0.0/16`];
  const network = parseNetwork(entry.cidr);
  const narrowest = MIN_PREFIX_LENGTH[network[0].kind()];
  const problems: string[] = [];
  if (network[1] < narrowest) problems.push(`cidr ${entry.cidr} is wider than /${narrowest}`);
  if (NEVER.some((never) => overlap(never, network))) {
    problems.push(`cidr ${entry.cidr} overlaps addresses that are never dialled`);
  }
  if (entry.ports.length === 0) problems.push('ports must name at least one port');
  const badPort = entry.ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (badPort !== undefined) problems.push(`port ${badPort} is not between 1 and 65535`);
  const closedPort = entry.ports.find((port) => NEVER_PORTS.has(port));
  if (closedPort !== undefined) problems.push(`port ${closedPort} is never dialled`);
  if (entry.providers.length === 0) problems.push('providers must name at least one provider');
  const vendor = entry.providers.find((provider) => !['minio', 'sftp', 'ftp'].includes(provider));
  if (vendor !== undefined) problems.push(`providers may hold minio, sftp and ftp only, not ${vendor}`);
  return problems;
}

export function isCidr(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

function opens(entry: EgressAllowance, identity: DialerIdentity, address: Address, port: number): boolean {
  return concerns(entry, identity) && entry.ports.includes(port) && isWithinAny(address, [parseNetwork(entry.cidr)]);
}

function concerns(entry: EgressAllowance, { provider, organizationId }: DialerIdentity): boolean {
  if (!entry.providers.includes(provider)) return false;
  if (entry.organization_ids === undefined) return true;
  return organizationId !== null && entry.organization_ids.includes(organizationId);
}

function isLoopback(address: Address): boolean {
  return address.range() === 'loopback';
}

/** Addresses of this very machine, also public ones: a way round its firewall. */
function isOurs(address: Address): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some((entry) => ipaddr.process(entry.address.replace(/%.*$/, '')).toString() === address.toString());
}

function isWithinAny(address: Address, networks: Network[]): boolean {
  return networks.some((network) => network[0].kind() === address.kind() && address.match(network));
}

function overlap(a: Network, b: Network): boolean {
  if (a[0].kind() !== b[0].kind()) return false;
  const shorter = Math.min(a[1], b[1]);
  return a[0].match([b[0], shorter]);
}

/** `::ffff:10.0.0.0/104` is `10.0.0.0/8`. */
function parseNetwork(cidr: string): Network {
  const [address, length] = ipaddr.parseCIDR(cidr);
  if (address.kind() === 'ipv6' && (address as ipaddr.IPv6).isIPv4MappedAddress() && length >= 96) {
    return [(address as ipaddr.IPv6).toIPv4Address(), length - 96];
  }
  return [address, length];
}
