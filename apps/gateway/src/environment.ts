import { isIP } from 'node:net';
import {
  type Environment,
  parseFlag,
  type Provider,
  PROVIDERS,
  readEnvironment,
  required,
  text,
  type Variable,
  wholeNumber,
} from '@stowage/contracts';
import { parseWorkerPublicKeys, type WorkerKeys } from '@stowage/encryption';
import { TokenVerifier } from '@stowage/permissions';

type Source = Record<string, string | undefined>;
type ReadFile = (path: string) => string;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The variables of docs/operations that concern the gateway, its broker aside: that may also run in the same process. */
export function gatewayVariables(source: Source, readFile: ReadFile) {
  const production = source.NODE_ENV === 'production';
  return {
    HTTP_HOST: { parse: (raw) => raw, absent: '127.0.0.1' } satisfies Variable<string>,
    HTTP_PORT: unlessSet(wholeNumber({ min: 0, max: 65_535 }, 0)),
    DATABASE_URL: required('e.g. postgres://user:password@host:5432/stowage; `npm start` finds or starts one'),
    JWT_SECRET: { parse: parseSecret, absent: () => absentSecret(source) } satisfies Variable<string | null>,
    JWT_JWKS_URL: { parse: (raw) => parseJwksUrl(raw, source), absent: null } satisfies Variable<string | null>,
    JWT_ISSUER: production ? required('the `iss` of tokens that are accepted') : text(),
    JWT_AUDIENCE: production ? required('the `aud` of tokens that are accepted') : text(),
    WORKER_PUBLIC_KEYS_FILE: {
      parse: (path) => parseWorkerPublicKeys(readFile(path)),
      absent: () => fail("is required: the JWKS of the worker's public keys; `npm start` generates one"),
    } satisfies Variable<WorkerKeys>,
    ALLOW_ORG_BYOS: unlessSet({ parse: parseFlag }),
    ENABLED_PROVIDERS: unlessSet({ parse: parseProviders }),
    EGRESS_PUBLIC_IPS: { parse: parseAddresses, absent: [] } satisfies Variable<string[]>,
    TEST_DEADLINE_MS: wholeNumber({ min: 1000, max: 120_000 }, 15_000),
    LOG_LEVEL: { parse: parseLogLevel, absent: 'info' } satisfies Variable<LogLevel>,
  };
}

export type GatewayEnvironment = Environment<ReturnType<typeof gatewayVariables>>;

/** @throws EnvironmentError that lists every bad variable */
export function readGatewayEnvironment(source: Source, readFile: ReadFile): GatewayEnvironment {
  return readEnvironment(gatewayVariables(source, readFile), source, readFile);
}

function unlessSet<T>(variable: Pick<Variable<T>, 'parse'>): Variable<T | null> {
  return { parse: variable.parse, absent: null };
}

function fail(message: string): never {
  throw new Error(message);
}

const isSet = (name: string, source: Source): boolean => Boolean(source[name] || source[`${name}_FILE`]);

function absentSecret(source: Source): null {
  return isSet('JWT_JWKS_URL', source) ? null : fail('is required, or else JWT_JWKS_URL; `npm start` generates one');
}

function parseSecret(raw: string): string {
  void new TokenVerifier({ secret: raw, issuer: null, audience: null });
  return raw;
}

function parseJwksUrl(raw: string, source: Source): string {
  // With both, a token signed with the public key as a shared secret could pass.
  if (isSet('JWT_SECRET', source)) fail('must not be set together with JWT_SECRET; keep one of them');
  if (!URL.canParse(raw)) fail('must be a URL');
  void new TokenVerifier({ jwksUrl: raw, issuer: null, audience: null });
  return raw;
}

function parseList(raw: string): string[] {
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseProviders(raw: string): Provider[] {
  const providers = parseList(raw);
  const unknown = providers.find((name) => !(PROVIDERS as readonly string[]).includes(name));
  if (unknown !== undefined) fail(`must be a list of ${PROVIDERS.join(', ')}; ${unknown} is none of them`);
  return PROVIDERS.filter((provider) => providers.includes(provider));
}

function parseAddresses(raw: string): string[] {
  const addresses = parseList(raw);
  const bad = addresses.find((address) => isIP(address) === 0);
  if (bad !== undefined) fail(`must be a list of IP addresses, separated by commas; ${bad} is none`);
  return addresses;
}

function parseLogLevel(raw: string): LogLevel {
  return LOG_LEVELS.find((level) => level === raw) ?? fail(`must be one of ${LOG_LEVELS.join(', ')}`);
}
