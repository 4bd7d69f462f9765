import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.js';
import type { KeyPlace, KeyProvider, WrappedKey } from './key-provider.js';
import { lengthPrefixed } from './length-prefixed.js';
import { VaultError } from './vault-error.js';

/** Content of ENCRYPTION_KEYRING_FILE, newest key first. */
export interface KeyringFile {
  /** kid of the key that new records are sealed with. */
  active: string;
  /** `key`: 32 random bytes in base64url, without padding. */
  keys: { kid: string; key: string }[];
}

const KEY_BYTES = 32;
const KID = /^[\w.-]{1,64}$/;
const BASE64URL_32_BYTES = /^[\w-]{43}$/;
/** 32 random bytes have about 30 distinct values; fewer than 16 do not happen by chance (below 1 in 10^10). */
const LEAST_DISTINCT_BYTES = 16;
const NO_SALT = Buffer.alloc(32);

/** The message says what is wrong and names the kid, never a key. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}

/** A keyring with one new key. */
export function generateKeyring(now: Date = new Date()): KeyringFile {
  const key = generateKey(now);
  return { active: key.kid, keys: [key] };
}

/** With a key more, which opens and does not seal yet: every reader must have it before the first record needs it. */
export function withNewKey({ active, keys }: KeyringFile, now: Date = new Date()): KeyringFile {
  return { active, keys: [generateKey(now), ...keys] };
}

/** @throws KeyringError for the active key, and for one that is not there */
export function withoutKey({ active, keys }: KeyringFile, kid: string): KeyringFile {
  if (kid === active) throw new KeyringError(`key ${kid} is the active one; rotate first`);
  if (!keys.some((key) => key.kid === kid)) throw new KeyringError(`there is no key ${kid}`);
  return { active, keys: keys.filter((key) => key.kid !== kid) };
}

/** `kid` names it by the day, so that a person sees its age. */
function generateKey(now: Date): KeyringFile['keys'][number] {
  const kid = `${now.toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`;
  return { kid, key: randomBytes(KEY_BYTES).toString('base64url') };
}

/** Reads the content of ENCRYPTION_KEYRING_FILE. @throws KeyringError */
export function parseKeyring(text: string): KeyringFile {
  try {
    const file = JSON.parse(text) as KeyringFile;
    checkKeyring(file);
    return file;
  } catch (error) {
    // A SyntaxError quotes the text, which holds the keys.
    throw error instanceof KeyringError ? error : new KeyringError('it is not JSON');
  }
}

/** Keys from a file, in the memory of this process. Each organization's key is derived from the root key. */
export class LocalKeyring implements KeyProvider {
  readonly #active: string;
  readonly #keys: Map<string, KeyObject>;

  /** @throws KeyringError */
  constructor(file: KeyringFile) {
    checkKeyring(file);
    this.#active = file.active;
    this.#keys = new Map(file.keys.map(({ kid, key }) => [kid, createSecretKey(key, 'base64url')]));
  }

  /** Reads the content of ENCRYPTION_KEYRING_FILE. @throws KeyringError */
  static parse(text: string): LocalKeyring {
    return new LocalKeyring(parseKeyring(text));
  }

  activeKid(): string {
    return this.#active;
  }

  kids(): string[] {
    return [...this.#keys.keys()];
  }

  async wrap(dataKey: Uint8Array, place: KeyPlace): Promise<WrappedKey> {
    const kid = this.#active;
    return { kid, blob: encrypt(this.wrappingKey(kid, place), dataKey, bytesOf(place)) };
  }

  async unwrap({ kid, blob }: WrappedKey, place: KeyPlace): Promise<Buffer> {
    const key = this.wrappingKey(kid, place);
    try {
      return decrypt(key, blob, bytesOf(place));
    } catch {
      throw new VaultError('corrupt', kid);
    }
  }

  /** Nothing to reach: the keys were checked when they were read. */
  async check(): Promise<void> {}

  /** HMAC-SHA256 under a key derived for the purpose. */
  async mac(kid: string, purpose: string, bytes: Uint8Array): Promise<Buffer> {
    return createHmac('sha256', derive(this.root(kid), lengthPrefixed('hmac/v1', purpose)))
      .update(bytes)
      .digest();
  }

  private wrappingKey(kid: string, { organizationId }: KeyPlace): KeyObject {
    return derive(this.root(kid), lengthPrefixed('kek/v1', kid, organizationId ?? ''));
  }

  private root(kid: string): KeyObject {
    const key = this.#keys.get(kid);
    if (!key) throw new VaultError('unknown_key', kid);
    return key;
  }
}

function derive(root: KeyObject, info: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, NO_SALT, info, KEY_BYTES)));
}

function bytesOf({ table, rowId, organizationId }: KeyPlace): Buffer {
  return lengthPrefixed(table, rowId, organizationId ?? '');
}

function checkKeyring(file: KeyringFile): void {
  if (!Array.isArray(file?.keys)) throw new KeyringError('it must be {"active": kid, "keys": [{"kid", "key"}]}');
  for (const entry of file.keys) checkKey(entry);
  if (!allDistinct(file.keys.map(({ kid }) => kid))) throw new KeyringError('a kid stands there twice');
  if (!allDistinct(file.keys.map(({ key }) => key))) throw new KeyringError('two kids have the same key');
  if (!file.keys.some(({ kid }) => kid === file.active)) {
    throw new KeyringError(`"active" must be the kid of one of the keys`);
  }
}

function checkKey(entry: { kid?: unknown; key?: unknown } | null): void {
  const { kid, key } = entry ?? {};
  if (typeof kid !== 'string' || !KID.test(kid)) {
    throw new KeyringError('each "kid" must be 1 to 64 letters, digits, ".", "_" or "-"');
  }
  const bytes = typeof key === 'string' && BASE64URL_32_BYTES.test(key) ? Buffer.from(key, 'base64url') : null;
  if (bytes?.toString('base64url') !== key) throw new KeyringError(`key ${kid}: must be 32 bytes in base64url`);
  if (isDegenerate(bytes!)) throw new KeyringError(`key ${kid}: is not random; generate a new one`);
}

/** Nearly all the same bytes, or counting up or down: a sample, not a key. */
function isDegenerate(bytes: Buffer): boolean {
  const steps = [...bytes.subarray(1)].map((byte, index) => byte - bytes[index]!);
  return new Set(bytes).size < LEAST_DISTINCT_BYTES || new Set(steps).size === 1;
}

function allDistinct(values: string[]): boolean {
  return new Set(values).size === values.length;
}
