import {
  type Environment,
  flag,
  oneOf,
  PLATFORM_VARIABLES,
  type Provider,
  PROVIDERS,
  required,
  text,
  unlessSet,
  type Variable,
  wholeNumber,
} from '@stowage/contracts';
import { type EgressAllowance, parseEgressAllow, parseEgressDeny, parseNameServers } from '@stowage/providers';

/** Development only: where the vendors' storages are found instead of at the vendor. */
export type DevEndpoints = Partial<Record<Provider, string>>;

/** AMQP_URL may be missing: a broker can also run in the same process. A worker of its own requires it. */
export function workerVariables(source: Record<string, string | undefined>) {
  const production = source.NODE_ENV === 'production';
  return {
    ...PLATFORM_VARIABLES,
    NODE_ENV: { parse: (raw) => raw, absent: 'development' } satisfies Variable<string>,
    AMQP_URL: text(),
    WORKER_HTTP_PORT: unlessSet(wholeNumber({ min: 0, max: 65_535 }, 0)),
    WORKER_KEYS_FILE: required('the private JWKS that all workers share; `npm start` generates one'),
    ENCRYPTION_KEYRING_FILE: required('the keyring that all workers share; `npm start` generates one'),
    SECRET_FILES_ARE_MOUNTED: flag(false),
    SERVICES_FILE: required('the service registry, a JSON file; `[]` in it allows no service'),
    EGRESS_ALLOW: { parse: parseEgressAllow, absent: [] } satisfies Variable<EgressAllowance[]>,
    EGRESS_DENY: { parse: parseEgressDeny, absent: [] } satisfies Variable<string[]>,
    EGRESS_NAME_SERVERS: { parse: parseNameServers, absent: [] } satisfies Variable<string[]>,
    EGRESS_ALLOW_LOOPBACK: developmentOnly(production, flag(false)),
    STORAGE_DEV_ENDPOINTS: developmentOnly<DevEndpoints>(production, { parse: parseDevEndpoints, absent: {} }),
    NEAREST_REGIONS: NEAREST_REGIONS_VARIABLE,
    PROBE_SLOTS: wholeNumber({ min: 1, max: 256 }, 8),
    HEALTH_INTERVAL_S: wholeNumber({ min: 0, max: 31_536_000 }, 86_400),
  };
}

export type WorkerEnvironment = Environment<ReturnType<typeof workerVariables>>;

/** The region of each vendor that is nearest to this platform, as far as its operator knows. */
export type NearestRegions = Partial<Record<Provider, string>>;

const REGION_PROVIDERS: readonly string[] = ['aws_s3', 'backblaze_b2'] satisfies Provider[];

function parseNearestRegions(raw: string): NearestRegions {
  const regions = readJson(raw);
  const isOne = ([provider, region]: [string, unknown]): boolean =>
    REGION_PROVIDERS.includes(provider) && typeof region === 'string' && /^[a-z0-9-]{1,64}$/.test(region);
  if (typeof regions !== 'object' || regions === null || !Object.entries(regions).every(isOne)) {
    throw new Error(`must be a JSON object of regions by provider (${REGION_PROVIDERS.join(', ')})`);
  }
  return regions;
}

function readJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

const NEAREST_REGIONS_VARIABLE: Variable<NearestRegions> = { parse: parseNearestRegions, absent: {} };

function developmentOnly<T>(production: boolean, variable: Variable<T>): Variable<T> {
  if (!production) return variable;
  return {
    ...variable,
    parse: () => {
      throw new Error('is for development only; unset it or do not set NODE_ENV=production');
    },
  };
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
