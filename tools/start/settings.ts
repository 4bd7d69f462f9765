import { readFileSync } from 'node:fs';
import { flag, readEnvironment, text, type Variable, wholeNumber } from '@stowage/contracts';

/** The variables that decide what a start looks for and where it writes; all others go to the applications as they are. */
export function readSettings(source: Record<string, string | undefined>) {
  const isProduction = source['NODE_ENV'] === 'production';
  const { DATA_DIR, DATABASE_URL, AMQP_URL, HTTP_PORT, WORKER_HTTP_PORT, SANDBOX, ...jwt } = readEnvironment(
    {
      DATA_DIR: text('.stowage'),
      DATABASE_URL: text(),
      AMQP_URL: text(),
      HTTP_PORT: port,
      WORKER_HTTP_PORT: port,
      SANDBOX: flag(!isProduction),
      JWT_SECRET: text(),
      JWT_JWKS_URL: text(),
      JWT_ISSUER: text(),
      JWT_AUDIENCE: text(),
    },
    source,
    (path) => readFileSync(path, 'utf8'),
  );
  return {
    isProduction,
    dataDirectory: DATA_DIR!,
    databaseUrl: DATABASE_URL,
    amqpUrl: AMQP_URL,
    gatewayPort: HTTP_PORT,
    workerPort: WORKER_HTTP_PORT,
    withSandbox: SANDBOX,
    /** What tokens of ours are made of; null where they are made elsewhere. Secret null: the generated one. */
    tokens:
      jwt.JWT_JWKS_URL === null ? { secret: jwt.JWT_SECRET, issuer: jwt.JWT_ISSUER, audience: jwt.JWT_AUDIENCE } : null,
  };
}

export type Settings = ReturnType<typeof readSettings>;

/** Null: the default port, or a free one where that is taken. */
const port: Variable<number | null> = { parse: wholeNumber({ min: 1, max: 65_535 }, 0).parse, absent: null };
