import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyringFile, type KeyProvider, LocalKeyring, withNewKey } from '@stowage/encryption';
import type { DataSource } from 'typeorm';
import { checkKeys } from '../../apps/storage-worker/src/keys/check-keys.js';
import { resealAll, type WalkReport } from '../../apps/storage-worker/src/keys/reseal.js';
import { recordAudit } from '../../apps/storage-worker/src/writes/audit.js';
import { type Holder, holders } from './key-status.js';
import { readKeyring, replaceKeyring } from './keyring-store.js';

const POLL_MS = 500;
const SAY_EVERY_MS = 1000;
/** Of no meaning but that every rotation asks for the same one. */
const ROTATION_LOCK = 1_764_000_002;

/** The message says how to go on. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

export interface RotationOptions {
  /** Read and replaced; the workers' own file, or the master copy that is distributed to them. */
  keyringPath: string;
  /** How long to wait for the workers to have the file, seconds. */
  waitS: number;
  say: (line: string) => void;
}

/**
 * A new key, in the one safe order: every worker has it before the first record is sealed with it. Goes on where an
 * earlier rotation was ended.
 * @throws RotationError
 */
export async function rotate(dataSource: DataSource, options: RotationOptions): Promise<WalkReport> {
  return alone(dataSource, async () => {
    const { keyringPath, say } = options;
    let keyring = readKeyring(keyringPath);
    await checkKeys(new LocalKeyring(keyring), dataSource);
    if (await isNewRotation(dataSource, keyring)) {
      keyring = withNewKey(keyring);
      replaceKeyring(keyringPath, keyring);
      say(`Added key ${keyring.keys[0]!.kid}; ${keyring.active} still seals`);
    } else {
      say('Going on with the rotation that was begun');
    }
    const newest = keyring.keys[0]!.kid;
    await allHold(dataSource, options, `hold key ${newest}`, ({ kids }) => kids.includes(newest));
    if (keyring.active !== newest) keyring = await activate(dataSource, keyring, options);
    await allHold(dataSource, options, `seal with ${newest}`, ({ active }) => active === newest);
    return reseal(dataSource, new LocalKeyring(keyring), say);
  });
}

/** Not while the newest key waits to become the active one, nor while older ones seal. */
async function isNewRotation(dataSource: DataSource, { active, keys }: KeyringFile): Promise<boolean> {
  if (keys[0]!.kid !== active) return false;
  const [left]: unknown[] = await dataSource.query(
    'SELECT FROM storage_configs WHERE credentials_kid <> $1 AND credentials_quarantined_at IS NULL LIMIT 1',
    [active],
  );
  return left === undefined;
}

async function activate(
  dataSource: DataSource,
  { active: from, keys }: KeyringFile,
  { keyringPath, say }: RotationOptions,
): Promise<KeyringFile> {
  const keyring = { active: keys[0]!.kid, keys };
  replaceKeyring(keyringPath, keyring);
  await audited(dataSource, 'keys.activate', { from, to: keyring.active });
  say(`Key ${keyring.active} seals from now on`);
  return keyring;
}

/** Seals again with the active key; ends by itself, can be ended, and be started again. */
async function reseal(dataSource: DataSource, keys: KeyProvider, say: (line: string) => void): Promise<WalkReport> {
  let saidAt = 0;
  const report = await resealAll(dataSource, keys, ({ done }) => {
    if (Date.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = Date.now();
    say(`Sealed again: ${done}`);
  });
  await audited(dataSource, 'keys.reseal', { kid: keys.activeKid(), ...report });
  return report;
}

/** @throws RotationError naming the workers that are not that far, when the time is over */
async function allHold(
  dataSource: DataSource,
  { keyringPath, waitS, say }: RotationOptions,
  what: string,
  isSo: (holder: Holder) => boolean,
): Promise<void> {
  const end = Date.now() + waitS * 1000;
  for (;;) {
    const all = await holders(dataSource);
    const late = all.filter((holder) => !isSo(holder));
    if (late.length === 0) {
      say(all.length === 0 ? 'No worker is running' : `All ${all.length} workers ${what}`);
      return;
    }
    if (Date.now() > end) {
      throw new RotationError(
        `These workers do not yet ${what}: ${late.map(({ host }) => host).join(', ')}. ` +
          `Give them the file ${keyringPath} as it is now, then run this again: it goes on from here.`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function audited(dataSource: DataSource, action: string, detail: Record<string, unknown>): Promise<void> {
  const act = { organizationId: null, storageConfigId: null, actor: 'system', ip: null, action, detail };
  await dataSource.transaction((manager) => recordAudit(manager, act));
}

/** The lock is the connection's: it goes with the process, however that ends. @throws RotationError */
async function alone<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const [{ locked } = { locked: false }]: { locked: boolean }[] = await runner.query(
      'SELECT pg_try_advisory_lock($1) AS locked',
      [ROTATION_LOCK],
    );
    if (!locked) throw new RotationError('Another rotation is running');
    return await work();
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [ROTATION_LOCK]);
    await runner.release();
  }
}
