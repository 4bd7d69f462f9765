import { createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.js';
import { type Destination, destinationFingerprint } from './destination.js';
import type { KeyPlace, KeyProvider } from './key-provider.js';
import { lengthPrefixed } from './length-prefixed.js';
import { VaultError } from './vault-error.js';
import { formatRecord, parseRecord, SUITE, VERSION } from './vault-record.js';

const TABLE = 'storage_configs';
const COLUMN = 'credentials_ct';
const DATA_KEY_BYTES = 32;
const PADDED_TO_BYTES = 256;
const NO_SALT = Buffer.alloc(32);

/** The row that a record belongs to; a record opens nowhere else. */
export interface RecordIdentity {
  rowId: string;
  /** null = the platform's own. */
  organizationId: string | null;
  /** A change of it makes the record useless: a stored secret cannot be made to follow a changed address. */
  destination: Destination;
}

export interface SealedRecord {
  ciphertext: Buffer;
  /** Of the key that wraps it; for finding the records to reseal when that key retires. */
  kid: string;
}

/**
 * Seals the credentials of one row into one column. Each record has a data key of its own (envelope encryption), which
 * the key provider wraps. AES-256-GCM alone does not commit to its key, so the record carries a commitment.
 */
export class Vault {
  constructor(private readonly keys: KeyProvider) {}

  async seal(record: RecordIdentity, credentials: object): Promise<SealedRecord> {
    const dataKey = randomBytes(DATA_KEY_BYTES);
    const plaintext = padded(credentials);
    try {
      const { kid, blob } = await this.keys.wrap(dataKey, placeOf(record));
      const aad = aadOf(record, kid);
      const { encryptionKey, commitment } = deriveKeys(dataKey, aad);
      const box = encrypt(encryptionKey, plaintext, aad);
      return { ciphertext: formatRecord({ kid, wrappedKey: blob, commitment, box }), kid };
    } finally {
      dataKey.fill(0);
      plaintext.fill(0);
    }
  }

  /** @throws VaultError */
  async open(record: RecordIdentity, ciphertext: Uint8Array): Promise<object> {
    const { kid, wrappedKey, commitment, box } = parseRecord(ciphertext);
    const dataKey = await this.keys.unwrap({ kid, blob: wrappedKey }, placeOf(record));
    const aad = aadOf(record, kid);
    const derived = deriveKeys(dataKey, aad);
    dataKey.fill(0);
    if (!timingSafeEqual(derived.commitment, commitment)) throw new VaultError('corrupt', kid);
    const plaintext = decryptOrRefuse(derived.encryptionKey, box, aad, kid);
    try {
      return JSON.parse(plaintext.toString('utf8')) as object;
    } finally {
      plaintext.fill(0);
    }
  }

  /** @throws VaultError `corrupt` or `unsupported` */
  kidOf(ciphertext: Uint8Array): string {
    return parseRecord(ciphertext).kid;
  }
}

function placeOf({ rowId, organizationId }: RecordIdentity): KeyPlace {
  return { table: TABLE, rowId: rowId.toLowerCase(), organizationId: organizationId?.toLowerCase() ?? null };
}

function aadOf(record: RecordIdentity, kid: string): Buffer {
  const { table, rowId, organizationId } = placeOf(record);
  return lengthPrefixed(
    table,
    COLUMN,
    rowId,
    organizationId ?? '',
    destinationFingerprint(record.destination),
    Uint8Array.of(VERSION),
    Uint8Array.of(SUITE),
    kid,
  );
}

function deriveKeys(dataKey: Uint8Array, aad: Buffer): { encryptionKey: KeyObject; commitment: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', dataKey, NO_SALT, lengthPrefixed('storage-cred/v1', aad), 64));
  return { encryptionKey: createSecretKey(derived.subarray(0, 32)), commitment: derived.subarray(32) };
}

function decryptOrRefuse(key: KeyObject, box: Uint8Array, aad: Buffer, kid: string): Buffer {
  try {
    return decrypt(key, box, aad);
  } catch {
    throw new VaultError('corrupt', kid);
  }
}

/** Spaces after the JSON hide how long the secrets are. */
function padded(credentials: object): Buffer {
  const json = Buffer.from(JSON.stringify(credentials));
  const padding = Buffer.alloc(PADDED_TO_BYTES - (json.length % PADDED_TO_BYTES), ' ');
  return Buffer.concat([json, padding]);
}
