import type { Credentials, StorageLocation } from '@stowage/contracts';
import { createDialer } from './dialer/create-dialer.js';
import type { Dialer } from './dialer/dialer.js';
import type { EgressPolicy } from './dialer/policy.js';
import { DRIVERS } from './drivers.js';
import { Storage } from './storage.js';

export interface OpenStorageOptions {
  /** Which addresses may be dialled. Default: every public one. */
  policy?: EgressPolicy;
  /** In place of one made from the policy. */
  dialer?: Dialer;
  signal?: AbortSignal;
}

const PUBLIC_ONLY: EgressPolicy = { allow: [], deny: [], allowLoopback: false };

/**
 * Opens a storage for backups: the same driver, client options and upload call as the test. Connects at once.
 * The caller closes it.
 *
 * @throws StorageFailure
 */
export async function openStorage(
  reply: { storage: StorageLocation; credentials: Credentials },
  options: OpenStorageOptions = {},
): Promise<Storage> {
  const { storage: location, credentials } = reply;
  const identity = { provider: location.provider, organizationId: location.organization_id };
  const dialer = options.dialer ?? createDialer(options.policy ?? PUBLIC_ONLY, identity);
  const driver = await DRIVERS[location.provider]({ location, credentials, dialer });
  const storage = new Storage(driver, { prefix: location.path_prefix ?? '' });
  try {
    await storage.connect(options.signal);
    return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
}
