import { EnvironmentError } from '@stowage/contracts';
import { LocalKeyring, parseWorkerKeys, readSecretFile, type WorkerKeys } from '@stowage/encryption';
import type { WorkerEnvironment } from '../environment.js';
import { WatchedKeys } from './watched-keys.js';

type KeyVariables = Pick<
  WorkerEnvironment,
  'ENCRYPTION_KEYRING_FILE' | 'WORKER_KEYS_FILE' | 'SECRET_FILES_ARE_MOUNTED'
>;

export interface LoadedKeys {
  provider: WatchedKeys;
  workerKeys: WorkerKeys;
}

/** @throws EnvironmentError that names every bad file and key, never a key's value */
export function loadKeys(environment: KeyVariables): LoadedKeys {
  const mounted = environment.SECRET_FILES_ARE_MOUNTED;
  const problems: string[] = [];
  const provider = attempt('ENCRYPTION_KEYRING_FILE', (path) => {
    // Another keeper of keys, say a key service, would be chosen here, by what the file says.
    return new WatchedKeys({ read: () => readSecretFile(path, { mounted }), open: (text) => LocalKeyring.parse(text) });
  });
  const workerKeys = attempt('WORKER_KEYS_FILE', (path) => parseWorkerKeys(readSecretFile(path, { mounted })));
  if (provider === null || workerKeys === null) throw new EnvironmentError(problems);
  return { provider, workerKeys };

  function attempt<T>(variable: 'ENCRYPTION_KEYRING_FILE' | 'WORKER_KEYS_FILE', load: (path: string) => T): T | null {
    try {
      return load(environment[variable]);
    } catch (error) {
      problems.push(`${variable}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}
