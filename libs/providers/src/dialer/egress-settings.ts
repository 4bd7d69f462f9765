import { Resolver } from 'node:dns';
import { PROVIDERS, type Provider } from '@stowage/contracts';
import { type EgressAllowance, isCidr, problemsOfAllowance } from './policy.js';

const KEYS = ['cidr', 'ports', 'providers', 'organization_ids', 'note'];

/**
 * `EGRESS_ALLOW`: JSON `[{cidr, ports, providers, organization_ids?, note}]`.
 * @throws Error whose message says how to mend it
 */
export function parseEgressAllow(raw: string): EgressAllowance[] {
  const entries = parseJson(raw);
  if (!Array.isArray(entries))
    throw new Error('must be a JSON list of {cidr, ports, providers, organization_ids?, note}');
  return entries.map((entry, index) => {
    const problems = isAllowance(entry)
      ? problemsOfAllowance(entry)
      : ['must be {cidr, ports: [number], providers: [string], organization_ids?: [string], note?: string}'];
    if (problems.length > 0) throw new Error(`entry ${index + 1}: ${problems.join('; ')}`);
    return entry as EgressAllowance;
  });
}

/** `EGRESS_DENY`: networks, separated by commas. @throws Error whose message says how to mend it */
export function parseEgressDeny(raw: string): string[] {
  const networks = raw
    .split(',')
    .map((cidr) => cidr.trim())
    .filter((cidr) => cidr !== '');
  const bad = networks.find((cidr) => !isCidr(cidr));
  if (bad !== undefined) throw new Error(`${bad} is not a network; write e.g. 10.0.0.0/8,192.168.1.7/32`);
  return networks;
}

/** `EGRESS_NAME_SERVERS`: addresses, each with a port or not, separated by commas. @throws Error that says how to mend it */
export function parseNameServers(raw: string): string[] {
  const servers = raw.split(',').map((server) => server.trim());
  const bad = servers.find((server) => !isNameServer(server));
  if (bad !== undefined) throw new Error(`${bad} is not an address; write e.g. 10.0.0.53,[fd00::53]:5353`);
  return servers;
}

function isNameServer(server: string): boolean {
  try {
    new Resolver().setServers([server]);
    return true;
  } catch {
    return false;
  }
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    throw new Error('must be JSON');
  }
}

function isAllowance(value: unknown): value is EgressAllowance {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  return (
    Object.keys(entry).every((key) => KEYS.includes(key)) &&
    typeof entry.cidr === 'string' &&
    isListOf(entry.ports, (port) => typeof port === 'number') &&
    isListOf(entry.providers, (provider) => PROVIDERS.includes(provider as Provider)) &&
    (entry.organization_ids === undefined || isListOf(entry.organization_ids, (id) => typeof id === 'string')) &&
    (entry.note === undefined || typeof entry.note === 'string')
  );
}

function isListOf(value: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds);
}
