import { existsSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { SERVICE_RIGHTS } from '@stowage/contracts';
import {
  generateKeyring,
  generateSealingKey,
  generateWorkerKeys,
  type JWK,
  publicHalf,
  type WorkerKeys,
} from '@stowage/encryption';
import { createDataSource, StorageConfigEntity } from '@stowage/entities';
import type { DataDirectory } from './data-directory.js';
import { StartError } from './start-error.js';

/** Generated at the first start and kept; each is a file of mode 0600. */
export interface SecretFiles {
  jwtSecret: string;
  /** The organization of the token and the examples. */
  organizationId: string;
  /** Variables that name the files. */
  environment: Record<string, string>;
}

const KEYRING = 'keyring.json';
const SERVICE_NAME = 'backup-service';

/** @param serviceUser the broker user of the one registered service */
export function secretFiles(data: DataDirectory, serviceUser: string): SecretFiles {
  const keep = (name: string, generate: () => object): string =>
    data.secretFile(name, () => JSON.stringify(generate()));
  const workerKeys = JSON.parse(keep('worker-keys.json', generateWorkerKeys)) as WorkerKeys;
  keep('worker-keys.public.json', () => publicHalf(workerKeys));
  keep(KEYRING, generateKeyring);
  const serviceKeys = JSON.parse(
    keep(`${SERVICE_NAME}.keys.json`, () => ({ keys: [generateSealingKey()] })),
  ) as WorkerKeys;
  writeRegistry(data.file('services.json'), serviceUser, publicHalf(serviceKeys).keys);
  const jwtSecret = data.secretFile('jwt-secret', () => randomBytes(32).toString('base64url'));
  return {
    jwtSecret,
    organizationId: data.secretFile('organization-id', randomUUID),
    environment: {
      JWT_SECRET_FILE: data.file('jwt-secret'),
      WORKER_KEYS_FILE: data.file('worker-keys.json'),
      WORKER_PUBLIC_KEYS_FILE: data.file('worker-keys.public.json'),
      ENCRYPTION_KEYRING_FILE: data.file(KEYRING),
      SERVICES_FILE: data.file('services.json'),
    },
  };
}

/** Written at every start: the broker, and with it the service's user, may be another one now. */
function writeRegistry(path: string, serviceUser: string, jwks: JWK[]): void {
  const service = { name: SERVICE_NAME, amqp_user: serviceUser, jwks, reply_queue: null, may: SERVICE_RIGHTS };
  writeFileSync(path, JSON.stringify([service], null, 2), { mode: 0o600 });
}

/** @throws StartError when the database has configs but their keyring is missing: a new one could not open them */
export async function refuseToLoseTheKeyring(data: DataDirectory, databaseUrl: string): Promise<void> {
  if (existsSync(data.file(KEYRING)) || !(await hasStorageConfigs(databaseUrl))) return;
  throw new StartError(
    `The database has storage configs, but the keyring that opens their credentials, ${data.file(KEYRING)}, is missing. ` +
      'Put it back, name it in ENCRYPTION_KEYRING_FILE, or start on an empty database.',
  );
}

async function hasStorageConfigs(url: string): Promise<boolean> {
  const database = await createDataSource({ url, as: 'owner', applicationName: 'stowage-start' }).initialize();
  try {
    return await database.manager.exists(StorageConfigEntity);
  } finally {
    await database.destroy();
  }
}
