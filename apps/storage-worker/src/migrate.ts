import { readFileSync } from 'node:fs';
import { EnvironmentError, readEnvironment, required } from '@stowage/contracts';
import { GATEWAY_ROLE, migrate } from '@stowage/entities';

/** `npm run migrate`: brings the database of DATABASE_URL to the present schema and says what was done. */
async function main(): Promise<void> {
  const { DATABASE_URL } = readEnvironment(
    { DATABASE_URL: required('e.g. postgres://user:password@host:5432/stowage') },
    process.env,
    (path) => readFileSync(path, 'utf8'),
  );
  const { applied, gatewayRoleGranted } = await migrate(DATABASE_URL);
  say(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
  if (!gatewayRoleGranted) {
    say(`The role ${GATEWAY_ROLE} does not exist and may not be created by this user. To let the gateway read`);
    say(`without the credentials column: CREATE ROLE ${GATEWAY_ROLE} NOLOGIN; then migrate again.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  const message = error instanceof EnvironmentError ? error.message : `The migration failed: ${String(error)}`;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
