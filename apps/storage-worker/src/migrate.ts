import { readFileSync } from 'node:fs';
import { EnvironmentError, placeOf, readEnvironment, required } from '@stowage/contracts';
import { GATEWAY_ROLE, migrate, WORKER_ROLE } from '@stowage/entities';

/** `npm run migrate`: brings the database of DATABASE_URL to the present schema and says what was done. */
async function main(): Promise<void> {
  const { DATABASE_URL } = readEnvironment(
    { DATABASE_URL: required('e.g. postgres://user:password@host:5432/stowage') },
    process.env,
    (path) => readFileSync(path, 'utf8'),
  );
  const { applied, rolesGranted } = await migrate(DATABASE_URL);
  say(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
  if (!rolesGranted) {
    say(`The roles ${GATEWAY_ROLE} and ${WORKER_ROLE} do not both exist and may not be created by this user.`);
    say(`Until they do, gateways and workers have all rights of their database users. As an administrator:`);
    say(`CREATE ROLE ${GATEWAY_ROLE} NOLOGIN; CREATE ROLE ${WORKER_ROLE} NOLOGIN; then migrate again.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  const message = error instanceof EnvironmentError ? error.message : `The migration failed: ${placeOf(error)}`;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
