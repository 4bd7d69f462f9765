import { isIP } from 'node:net';
import {
  type Environment,
  flag,
  parseFlag,
  type Provider,
  PROVIDERS,
  required,
  text,
  type Variable,
  wholeNumber,
} from '@stowage/contracts';
import { type EgressAllowance, parseEgressAllow, parseEgressDeny } from '@stowage/providers';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Development only: where the vendors' storages are found instead of at the vendor. */
export type DevEndpoints = Partial<Record<Provider, string>>;

/** AMQP_URL may be missing: a broker can also run in the same process. A worker of its own requires it. */
export function workerVariables(source: Record<string, string | undefined>) {
  const production = source.NODE_ENV === 'production';
  return {
    NODE_ENV: { parse: (raw) => raw, absent: 'development' } satisfies Variable<string>,
    DATABASE_URL: required('e.g. postgres://user:password@host:5432/stowage; `npm start` finds or starts one'),
    AMQP_URL: text(),
    HTTP_HOST: { parse: (raw) => raw, absent: '127.0.0.1' } satisfies Variable<string>,
    WORKER_HTTP_PORT: unlessSet(wholeNumber({ min: 0, max: 65_535 }, 0)),
    WORKER_KEYS_FILE: required('the private JWKS that all workers share; `npm start` generates one'),
    ENCRYPTION_KEYRING_FILE: required('the keyring that all workers share; `npm start` generates one'),
    SERVICES_FILE: required('the service registry, a JSON file; `[]` in it allows no service'),
    ALLOW_ORG_BYOS: unlessSet({ parse: parseFlag }),
    ENABLED_PROVIDERS: unlessSet({ parse: parseProviders }),
    EGRESS_ALLOW: { parse: parseEgressAllow, absent: [] } satisfies Variable<EgressAllowance[]>,
    EGRESS_DENY: { parse: parseEgressDeny, absent: [] } satisfies Variable<string[]>,
    EGRESS_PUBLIC_IPS: { parse: parseAddresses, absent: [] } satisfies Variable<string[]>,
    EGRESS_ALLOW_LOOPBACK: developmentOnly(production, flag(false)),
    STORAGE_DEV_ENDPOINTS: developmentOnly<DevEndpoints>(production, { parse: parseDevEndpoints, absent: {} }),
    TEST_DEADLINE_MS: wholeNumber({ min: 1000, max: 120_000 }, 15_000),
    PROBE_SLOTS: wholeNumber({ min: 1, max: 256 }, 8),
    HEALTH_INTERVAL_S: wholeNumber({ min: 0, max: 31_536_000 }, 86_400),
    LOG_LEVEL: { parse: oneOf(LOG_LEVELS), absent: 'info' } satisfies Variable<LogLevel>,
  };
}

export type WorkerEnvironment = Environment<ReturnType<typeof workerVariables>>;

function unlessSet<T>(variable: Pick<Variable<T>, 'parse'>): Variable<T | null> {
  return { parse: variable.parse, absent: null };
}

function developmentOnly<T>(production: boolean, variable: Variable<T>): Variable<T> {
  if (!production) return variable;
  return {
    ...variable,
    parse: () => {
      throw new Error('is for development only; unset it or do not set NODE_ENV=production');
    },
  };
}

function oneOf<T extends string>(values: readonly T[]): (raw: string) => T {
  return (raw) => {
    const value = values.find((each) => each === raw);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}`);
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
  return [...new Set(parseList(raw).map(oneOf(PROVIDERS)))];
}

function parseAddresses(raw: string): string[] {
  const addresses = parseList(raw);
  const bad = addresses.find((address) => isIP(address) === 0);
  if (bad !== undefined) throw new Error(`must be a list of IP addresses, separated by commas; ${bad} is none`);
  return addresses;
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    throw new Error('must be JSON');
  }
}

function parseDevEndpoints(raw: string): DevEndpoints {
  const value = parseJson(raw);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('must be a JSON object from provider to endpoint');
  }
  for (const [provider, endpoint] of Object.entries(value)) {
    oneOf(PROVIDERS)(provider);
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) throw new Error(`${provider} must have a URL`);
  }
  return value;
}
