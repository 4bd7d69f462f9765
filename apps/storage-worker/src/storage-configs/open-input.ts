import { type SealedPrivateKey, type StorageInput, StowageError } from '@stowage/contracts';
import type { Keys } from '../keys/keys.js';
import { readRequested } from './requested-config.js';

/** A body of REST on its way from the gateway. */
export interface SealedInput {
  /** null = the platform. */
  organizationId: string | null;
  /** The body without its secrets; not validated yet. */
  config: unknown;
  /** JWE compact, sealed to the worker, of an object of the secrets; null = none given. */
  credentials: string | null;
}

/** The body with its secrets in clear, whole and held to its class. @throws StowageError what is wrong with it */
export async function openInput<T extends StorageInput>(
  keys: Keys,
  dto: new () => T,
  { organizationId, config, credentials }: SealedInput,
): Promise<T> {
  const secrets = credentials === null ? null : await keys.unseal(credentials);
  const { private_key_sealed: sealed, ...requested } = readRequested(dto, config, secrets);
  if (sealed === undefined) return requested as T;
  if (requested.private_key !== undefined) throw refusal('is a second key beside private_key; leave one out');
  return { ...requested, private_key: await openPrivateKey(keys, sealed, organizationId) } as T;
}

/** The key made for one organization must not log in for another, whoever comes by its seal. */
async function openPrivateKey(keys: Keys, sealed: string, organizationId: string | null): Promise<string> {
  const opened = await keys.unseal(sealed).catch((error: unknown) => {
    throw error instanceof StowageError ? refusal('cannot be opened any more; make a new key') : error;
  });
  const content = opened.reveal();
  if (!isSealedPrivateKey(content)) throw refusal('is not what POST /storage-tools/ssh-key answered');
  if (content.organization_id !== organizationId) throw refusal('was made for another organization; make a new key');
  return content.private_key;
}

function isSealedPrivateKey(content: unknown): content is SealedPrivateKey {
  if (typeof content !== 'object' || content === null) return false;
  const names = Object.keys(content).toSorted().join();
  return names === 'organization_id,private_key' && Object.values(content).every((value) => typeof value === 'string');
}

function refusal(predicate: string): StowageError {
  const message = `private_key_sealed ${predicate}`;
  return new StowageError('credentials.unreadable', message, {
    errors: [{ field: 'private_key_sealed', code: 'credentials.unreadable', message }],
  });
}
