import { isIP } from 'node:net';
import { parseFlag, required, type Variable, wholeNumber } from './environment.js';
import { type Provider, PROVIDERS } from './vocabulary.js';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The environment variables that gateway and worker read alike. null = not set. */
export const PLATFORM_VARIABLES = {
  DATABASE_URL: required('e.g. postgres://user:password@host:5432/stowage; `npm start` finds or starts one'),
  HTTP_HOST: { parse: (raw) => raw, absent: '127.0.0.1' } satisfies Variable<string>,
  ALLOW_ORG_BYOS: unlessSet({ parse: parseFlag }),
  ENABLED_PROVIDERS: unlessSet({ parse: parseProviders }),
  EGRESS_PUBLIC_IPS: { parse: parseAddresses, absent: [] } satisfies Variable<string[]>,
  TEST_DEADLINE_MS: wholeNumber({ min: 1000, max: 120_000 }, 15_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: unlessSet({ parse: parseHttpUrl }),
  NODE_TLS_REJECT_UNAUTHORIZED: unlessSet({ parse: refuseToTrustAnybody }),
  LOG_LEVEL: { parse: oneOf(LOG_LEVELS), absent: 'info' } satisfies Variable<LogLevel>,
};

/** The level and all graver ones, as names of NestJS's logger, which says `log` for `info`. */
export function nestLogLevels(lowest: LogLevel): ('debug' | 'log' | 'warn' | 'error' | 'fatal')[] {
  return LOG_LEVELS.slice(LOG_LEVELS.indexOf(lowest)).map((level) => (level === 'info' ? 'log' : level));
}

export function unlessSet<T>(variable: Pick<Variable<T>, 'parse'>): Variable<T | null> {
  return { parse: variable.parse, absent: null };
}

export function oneOf<T extends string>(values: readonly T[]): (raw: string) => T {
  return (raw) => {
    const value = values.find((each) => each === raw);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}; ${raw} is none of them`);
    return value;
  };
}

function parseList(raw: string): string[] {
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseProviders(raw: string): Provider[] {
  const named = parseList(raw).map(oneOf(PROVIDERS));
  return PROVIDERS.filter((provider) => named.includes(provider));
}

function parseHttpUrl(raw: string): string {
  const { protocol } = URL.canParse(raw) ? new URL(raw) : { protocol: '' };
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Error('must be the http(s) URL of an OTLP collector, e.g. http://127.0.0.1:4318');
  }
  return raw;
}

/** Node.js itself reads it, for every connection of the process: to the database, the broker and storages. */
function refuseToTrustAnybody(raw: string): string {
  if (raw !== '0') return raw;
  throw new Error('turns the check of every certificate off; unset it and name your authority in NODE_EXTRA_CA_CERTS');
}

function parseAddresses(raw: string): string[] {
  const addresses = parseList(raw);
  const bad = addresses.find((address) => isIP(address) === 0);
  if (bad !== undefined) throw new Error(`must be a list of IP addresses, separated by commas; ${bad} is none`);
  return addresses;
}
