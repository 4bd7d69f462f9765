import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_RIGHTS, type ServiceRight } from '@stowage/contracts';
import {
  generateKeyring,
  generateSealingKey,
  generateWorkerKeys,
  type JWK,
  publicHalf,
  type WorkerKeys,
} from '@stowage/encryption';

/** What a whole system shares: keys and registry, written to files as its processes read them. */
export interface SystemSecrets {
  jwtSecret: string;
  workerPublicKeys: WorkerKeys;
  /** Private key of `backup-service`. */
  serviceKeys: JWK[];
  workerEnvironment: Record<string, string>;
  gatewayEnvironment: Record<string, string>;
}

/** Fresh secrets in files of mode 0600, and a registry with one service that may do everything. */
export function writeSecrets(
  directory: string,
  serviceUser: string,
  may: readonly ServiceRight[] = SERVICE_RIGHTS,
): SystemSecrets {
  const write = (name: string, content: object): string => {
    const path = join(directory, name);
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const workerKeys = generateWorkerKeys();
  const workerPublicKeys = publicHalf(workerKeys);
  const serviceKey = generateSealingKey();
  const { d: _private, ...servicePublicKey } = serviceKey;
  const jwtSecret = randomBytes(32).toString('base64url');
  return {
    jwtSecret,
    workerPublicKeys,
    serviceKeys: [serviceKey],
    workerEnvironment: {
      WORKER_KEYS_FILE: write('worker-keys.json', workerKeys),
      ENCRYPTION_KEYRING_FILE: write('keyring.json', generateKeyring()),
      SERVICES_FILE: write('services.json', [
        { name: 'backup-service', amqp_user: serviceUser, jwks: [servicePublicKey], reply_queue: null, may },
      ]),
    },
    gatewayEnvironment: {
      WORKER_PUBLIC_KEYS_FILE: write('worker-keys.public.json', workerPublicKeys),
      JWT_SECRET: jwtSecret,
    },
  };
}
