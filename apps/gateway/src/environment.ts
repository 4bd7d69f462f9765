import {
  type Environment,
  PLATFORM_VARIABLES,
  readEnvironment,
  required,
  text,
  unlessSet,
  type Variable,
  wholeNumber,
} from '@stowage/contracts';
import { parseWorkerPublicKeys, type WorkerKeys } from '@stowage/encryption';
import { TokenVerifier } from '@stowage/permissions';

type Source = Record<string, string | undefined>;
type ReadFile = (path: string) => string;

/** The variables of docs/operations that concern the gateway, its broker aside: that may also run in the same process. */
export function gatewayVariables(source: Source, readFile: ReadFile) {
  const production = source.NODE_ENV === 'production';
  return {
    ...PLATFORM_VARIABLES,
    HTTP_PORT: unlessSet(wholeNumber({ min: 0, max: 65_535 }, 0)),
    JWT_SECRET: { parse: parseSecret, absent: () => absentSecret(source) } satisfies Variable<string | null>,
    JWT_JWKS_URL: { parse: (raw) => parseJwksUrl(raw, source), absent: null } satisfies Variable<string | null>,
    JWT_ISSUER: production ? required('the `iss` of tokens that are accepted') : text(),
    JWT_AUDIENCE: production ? required('the `aud` of tokens that are accepted') : text(),
    WORKER_PUBLIC_KEYS_FILE: {
      parse: (path) => parseWorkerPublicKeys(readFile(path)),
      absent: () => fail("is required: the JWKS of the worker's public keys; `npm start` generates one"),
    } satisfies Variable<WorkerKeys>,
  };
}

export type GatewayEnvironment = Environment<ReturnType<typeof gatewayVariables>>;

/** @throws EnvironmentError that lists every bad variable */
export function readGatewayEnvironment(source: Source, readFile: ReadFile): GatewayEnvironment {
  return readEnvironment(gatewayVariables(source, readFile), source, readFile);
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
