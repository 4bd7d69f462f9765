import { ADDRESS_FIELDS, SECRET_FIELDS, type StorageInput } from '@stowage/contracts';
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
  const secrets = Object.fromEntries(given.filter(([field, value]) => isSecret(field, value)));
  const config = Object.fromEntries(given.filter(([field, value]) => !isSecret(field, value)));
  const credentials = Object.keys(secrets).length > 0 ? await seal(secrets, workerKey) : null;
  return { config: config as ConfigWithoutSecrets<T>, credentials };
}

/** A user name stands before the @ of a pasted address; it is what `access_key` is. */
function isSecret(field: string, value: unknown): boolean {
  const namesUser = (ADDRESS_FIELDS as readonly string[]).includes(field) && String(value).includes('@');
  return namesUser || (SECRET_FIELDS as readonly string[]).includes(field);
}
