import { EnvironmentError } from '@stowage/contracts';
import { LocalKeyring, parseWorkerKeys, readSecretFile } from '@stowage/encryption';
import type { WorkerEnvironment } from '../environment.js';
import { Keys } from './keys.js';

/** @throws EnvironmentError that names every bad file and key, never a key's value */
export function loadKeys(environment: Pick<WorkerEnvironment, 'ENCRYPTION_KEYRING_FILE' | 'WORKER_KEYS_FILE'>): Keys {
  const problems: string[] = [];
  const keyring = read('ENCRYPTION_KEYRING_FILE', (text) => LocalKeyring.parse(text));
  const workerKeys = read('WORKER_KEYS_FILE', parseWorkerKeys);
  if (keyring === null || workerKeys === null) throw new EnvironmentError(problems);
  return new Keys(keyring, workerKeys);

  function read<T>(variable: 'ENCRYPTION_KEYRING_FILE' | 'WORKER_KEYS_FILE', parse: (text: string) => T): T | null {
    try {
      return parse(readSecretFile(environment[variable]));
    } catch (error) {
      problems.push(`${variable}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}
