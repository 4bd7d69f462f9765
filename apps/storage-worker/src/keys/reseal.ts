import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyProvider, type SealedRecord, Vault, VaultError } from '@stowage/encryption';
import { StorageConfigEntity } from '@stowage/entities';
import { type DataSource, type EntityManager, type FindOptionsWhere, In, IsNull, MoreThan } from 'typeorm';
import { recordIdentity } from '../storage-configs/record-identity.js';
import { recordAudit } from '../writes/audit.js';

/** Locked at once, so that nobody who changes a storage waits long. */
const BATCH = 20;
const LOCKED_PAUSE_MS = 200;
const FRUITLESS_PASSES = 25;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface WalkReport {
  /** Sealed again, or (when only verified) opened. */
  done: number;
  /** Did not open, and are passed over from now on. */
  quarantined: number;
}

/**
 * Seals with the active key whatever another key seals, while everybody works. May be ended at any moment and started
 * again, also several times at once: each record changes in one statement, and only if it still is what was opened.
 * `updated_at` and `version` stay, as nothing changes that anyone sees.
 * @throws VaultError `unavailable`
 */
export async function resealAll(
  dataSource: DataSource,
  keys: KeyProvider,
  onBatch: (soFar: WalkReport) => void = () => undefined,
): Promise<WalkReport> {
  const vault = new Vault(keys);
  const active = keys.activeKid();
  // What a missing key seals is not broken, only closed: it stays as it is.
  const wanted = { credentialsKid: In(keys.kids().filter((kid) => kid !== active)) };
  const handle = async (manager: EntityManager, config: StorageConfigEntity): Promise<void> => {
    const credentials = await vault.open(recordIdentity(config), config.credentialsCt);
    const sealed = await vault.seal(recordIdentity(config), credentials);
    if (!isDeepStrictEqual(await vault.open(recordIdentity(config), sealed.ciphertext), credentials)) {
      throw new Error(`The new record of ${config.id} does not open to what the old one held; nothing was changed`);
    }
    await exchange(manager, config, sealed);
  };

  const report: WalkReport = { done: 0, quarantined: 0 };
  let fruitless = 0;
  while (fruitless < FRUITLESS_PASSES && (await areLeft(dataSource, wanted))) {
    const before = report.done + report.quarantined;
    await pass(dataSource, wanted, handle, report, onBatch);
    if (report.done + report.quarantined > before) fruitless = 0;
    else {
      // What is left is being changed by others at this moment.
      fruitless += 1;
      await sleep(LOCKED_PAUSE_MS);
    }
  }
  return report;
}

/** Opens every record once and puts those into quarantine that do not open, except for want of their key. */
export async function verifyAll(
  dataSource: DataSource,
  keys: KeyProvider,
  onBatch: (soFar: WalkReport) => void = () => undefined,
): Promise<WalkReport> {
  const vault = new Vault(keys);
  const report: WalkReport = { done: 0, quarantined: 0 };
  const handle = async (_manager: EntityManager, config: StorageConfigEntity): Promise<void> => {
    await vault.open(recordIdentity(config), config.credentialsCt);
    // A rotation looks for records by the column: one that its header contradicts would be left behind.
    if (vault.kidOf(config.credentialsCt) !== config.credentialsKid) throw new VaultError('corrupt');
  };
  await pass(dataSource, { credentialsKid: In(keys.kids()) }, handle, report, onBatch);
  return report;
}

type Wanted = Pick<FindOptionsWhere<StorageConfigEntity>, 'credentialsKid'>;

async function areLeft(dataSource: DataSource, wanted: Wanted): Promise<boolean> {
  return dataSource.manager.existsBy(StorageConfigEntity, { ...wanted, credentialsQuarantinedAt: IsNull() });
}

/** Once over all that is wanted, in short transactions; rows that others have locked are skipped. */
async function pass(
  dataSource: DataSource,
  wanted: Wanted,
  handle: (manager: EntityManager, config: StorageConfigEntity) => Promise<void>,
  report: WalkReport,
  onBatch: (soFar: WalkReport) => void,
): Promise<void> {
  for (let last = FIRST_ID; ;) {
    const batch = await dataSource.transaction(async (manager) => {
      const configs = await lockBatch(manager, wanted, last);
      for (const config of configs) {
        const isOpen = await opensTo(() => handle(manager, config));
        if (isOpen) report.done += 1;
        else {
          await quarantine(manager, config);
          report.quarantined += 1;
        }
      }
      return configs;
    });
    onBatch(report);
    if (batch.length < BATCH) return;
    last = batch.at(-1)!.id;
  }
}

function lockBatch(manager: EntityManager, wanted: Wanted, last: string): Promise<StorageConfigEntity[]> {
  return manager
    .createQueryBuilder(StorageConfigEntity, 'config')
    .addSelect('config.credentialsCt')
    .where({ ...wanted, credentialsQuarantinedAt: IsNull(), id: MoreThan(last) })
    .orderBy('config.id')
    .limit(BATCH)
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked')
    .getMany();
}

async function opensTo(handle: () => Promise<void>): Promise<boolean> {
  try {
    await handle();
    return true;
  } catch (error) {
    if (error instanceof VaultError && (error.reason === 'corrupt' || error.reason === 'unsupported')) return false;
    throw error;
  }
}

/** Compare and swap: only over the very record that was opened. */
async function exchange(manager: EntityManager, config: StorageConfigEntity, sealed: SealedRecord): Promise<void> {
  await manager.query(
    'UPDATE storage_configs SET credentials_ct = $1, credentials_kid = $2 WHERE id = $3 AND credentials_ct = $4',
    [sealed.ciphertext, sealed.kid, config.id, config.credentialsCt],
  );
}

/** The record itself is left as it is: it may be all that is left to mend it from. */
async function quarantine(manager: EntityManager, { id, organizationId, credentialsKid }: StorageConfigEntity) {
  const quarantinedAt = new Date();
  await manager.update(
    StorageConfigEntity,
    { id, credentialsQuarantinedAt: IsNull() },
    { credentialsQuarantinedAt: quarantinedAt },
  );
  await recordAudit(manager, {
    organizationId,
    storageConfigId: id,
    actor: 'system',
    ip: null,
    action: 'credentials.quarantine',
    detail: { kid: credentialsKid },
  });
}
