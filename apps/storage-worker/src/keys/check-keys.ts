import { type KeyProvider, Vault, VaultError } from '@stowage/encryption';
import { StorageConfigEntity } from '@stowage/entities';
import { type DataSource, IsNull } from 'typeorm';
import { recordIdentity } from '../storage-configs/record-identity.js';

const CHECK_PURPOSE = 'kcv/v1';
const CHECK_BYTES = 8;
/** Records that may each be broken for reasons of their own; that none of them opens is not their own fault. */
const CANARIES = 5;

/** The message names kids and counts, never a key. */
export class KeyCheckError extends Error {
  override readonly name = 'KeyCheckError';
}

/**
 * Whether these keys fit this database: the key service can be used, every key that seals a record is there, each is the
 * key that it was when it was first seen, and records open. Better no worker than one that loses storages one by one.
 * @throws KeyCheckError, VaultError `unavailable`
 */
export async function checkKeys(keys: KeyProvider, dataSource: DataSource): Promise<void> {
  await keys.check();
  const used = await recordsByKid(dataSource);
  requireAll(keys, used);
  await recognise(keys, dataSource);
  for (const { kid, records } of used) await openCanary(keys, dataSource, kid, records);
}

interface RecordsOfKey {
  kid: string;
  records: number;
}

/** How many records each key has to open; what is in quarantine is given up, or its key is known to be lost. */
function recordsByKid(dataSource: DataSource): Promise<RecordsOfKey[]> {
  return dataSource.query(
    `SELECT credentials_kid AS kid, count(*)::int AS records FROM storage_configs
      WHERE credentials_quarantined_at IS NULL GROUP BY 1 ORDER BY 1`,
  );
}

function requireAll(keys: KeyProvider, used: RecordsOfKey[]): void {
  const known = new Set(keys.kids());
  const missing = used.filter(({ kid }) => !known.has(kid));
  if (missing.length === 0) return;
  const lines = missing.map(({ kid, records }) => `  - ${kid}, which seals ${records} storage configurations`);
  throw new KeyCheckError(`it lacks keys that are in use; put them back:\n${lines.join('\n')}`);
}

/** Another key under the same name would seal records that the others cannot open. */
async function recognise(keys: KeyProvider, dataSource: DataSource): Promise<void> {
  for (const kid of keys.kids()) {
    const checkValue = (await keys.mac(kid, CHECK_PURPOSE, Buffer.alloc(0))).subarray(0, CHECK_BYTES);
    await dataSource.query('INSERT INTO key_checks (kid, check_value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      kid,
      checkValue,
    ]);
    const [known]: { check_value: Buffer }[] = await dataSource.query(
      'SELECT check_value FROM key_checks WHERE kid = $1',
      [kid],
    );
    if (known?.check_value.equals(checkValue)) continue;
    throw new KeyCheckError(`key ${kid} is not the key that this database knows by that name; put the right one back`);
  }
}

async function openCanary(keys: KeyProvider, dataSource: DataSource, kid: string, records: number): Promise<void> {
  const vault = new Vault(keys);
  const canaries = await dataSource.manager
    .createQueryBuilder(StorageConfigEntity, 'config')
    .addSelect('config.credentialsCt')
    .where({ credentialsKid: kid, credentialsQuarantinedAt: IsNull() })
    .limit(CANARIES)
    .getMany();
  for (const config of canaries) {
    if (await opens(vault, config)) return;
  }
  throw new KeyCheckError(
    `none of ${canaries.length} of the ${records} configurations that key ${kid} seals opens. This is not the database, ` +
      'the key or the version that sealed them. Should they themselves be broken: `npm run keys -- verify` puts them ' +
      'into quarantine, and the worker starts.',
  );
}

async function opens(vault: Vault, config: StorageConfigEntity): Promise<boolean> {
  try {
    await vault.open(recordIdentity(config), config.credentialsCt);
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.reason !== 'unavailable') return false;
    throw error;
  }
}
