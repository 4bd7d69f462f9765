import { SECRET_FIELDS, type StorageInput } from '@stowage/contracts';
import type { ConfigWithoutSecrets } from '@stowage/contracts';
import { type JWK, seal } from '@stowage/encryption';

export interface SealedInput<T> {
  config: ConfigWithoutSecrets<T>;
  /** JWE compact that only the worker opens; null when the body held no secret. */
  credentials: string | null;
}

/** Takes the secrets out of a body and seals them to the worker: from here on nobody but the worker reads them. */
export async function sealInput<T extends StorageInput>(body: T, workerKey: JWK): Promise<SealedInput<T>> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  const secrets = Object.fromEntries(given.filter(([field]) => isSecret(field)));
  const config = Object.fromEntries(given.filter(([field]) => !isSecret(field)));
  const credentials = Object.keys(secrets).length > 0 ? await seal(secrets, workerKey) : null;
  return { config: config as ConfigWithoutSecrets<T>, credentials };
}

function isSecret(field: string): boolean {
  return (SECRET_FIELDS as readonly string[]).includes(field);
}
