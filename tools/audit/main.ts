import { readFileSync } from 'node:fs';
import { EnvironmentError, readEnvironment, required } from '@stowage/contracts';
import { KeyringError, LocalKeyring, readSecretFile } from '@stowage/encryption';
import { createDataSource } from '@stowage/entities';
import { countUnchained, verifyAudit } from '../../apps/storage-worker/src/audit/verify-audit.js';
import { loadRunningEnvironment } from '../start/running-environment.js';

const USAGE = 'npm run audit -- verify     follows the audit of every organization from its first entry to its last';

const SENTENCES = {
  missing: 'is missing',
  changed: 'is not as it was written',
  key_gone: 'cannot be verified: its key is not in the keyring',
};

loadRunningEnvironment();
try {
  if (process.argv[2] !== 'verify' || process.argv.length > 3) throw new EnvironmentError([USAGE]);
  const variables = {
    DATABASE_URL: required('the database of the audit'),
    ENCRYPTION_KEYRING_FILE: required("the workers' keyring"),
  };
  const environment = readEnvironment(variables, process.env, (path) => readFileSync(path, 'utf8'));
  const keyring = LocalKeyring.parse(readSecretFile(environment.ENCRYPTION_KEYRING_FILE));
  const dataSource = await createDataSource({
    url: environment.DATABASE_URL,
    as: 'owner',
    applicationName: 'stowage-audit',
    statementTimeoutMs: 60_000,
  }).initialize();
  try {
    for await (const { tenantId, entries, head, broken } of verifyAudit(dataSource, keyring)) {
      const verdict = broken ? `BROKEN: entry ${broken.position} ${SENTENCES[broken.reason]}` : 'whole';
      console.log(`${tenantId}  ${entries} entries  ${head}  ${verdict}`);
      if (broken) process.exitCode = 1;
    }
    console.log(
      `${await countUnchained(dataSource)} entries in no chain: those from before there were chains, and no others`,
    );
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  const isExpected = error instanceof EnvironmentError || error instanceof KeyringError;
  console.error(isExpected ? error.message : `The audit cannot be read: ${(error as Error).message}`);
  process.exitCode = 1;
}
