import { NONCE_BYTES, TAG_BYTES } from './aes-gcm.js';
import { VaultError } from './vault-error.js';

/**
 * The bytes of a stored record:
 * `'SC' | version u8 | suite u8 | kid (u8 length) | wrapped key (u16 length) | commitment 32 | nonce 12 | ciphertext | tag 16`
 */
export interface VaultRecord {
  kid: string;
  wrappedKey: Buffer;
  commitment: Buffer;
  /** `nonce | ciphertext | tag` */
  box: Buffer;
}

export const VERSION = 1;
/** HKDF-SHA256 and AES-256-GCM. */
export const SUITE = 1;

const MAGIC = 'SC';
const COMMITMENT_BYTES = 32;
/** Printable ASCII: the kid of a broken record must be fit for a log. */
const KID = /^[\x21-\x7e]+$/;

export function formatRecord({ kid, wrappedKey, commitment, box }: VaultRecord): Buffer {
  const kidBytes = Buffer.from(kid);
  const lengthOfWrappedKey = Buffer.alloc(2);
  lengthOfWrappedKey.writeUInt16BE(wrappedKey.length);
  return Buffer.concat([
    Buffer.from(MAGIC),
    Uint8Array.of(VERSION, SUITE, kidBytes.length),
    kidBytes,
    lengthOfWrappedKey,
    wrappedKey,
    commitment,
    box,
  ]);
}

/** @throws VaultError `corrupt`, or `unsupported` for another version or suite */
export function parseRecord(bytes: Uint8Array): VaultRecord {
  const read = reader(bytes);
  if (read(MAGIC.length).toString('latin1') !== MAGIC) throw new VaultError('corrupt');
  if (read(1).readUInt8() !== VERSION || read(1).readUInt8() !== SUITE) throw new VaultError('unsupported');
  const kid = read(read(1).readUInt8()).toString('latin1');
  if (!KID.test(kid)) throw new VaultError('corrupt');
  const wrappedKey = read(read(2).readUInt16BE());
  const commitment = read(COMMITMENT_BYTES);
  const box = read.rest();
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new VaultError('corrupt');
  return { kid, wrappedKey, commitment, box };
}

interface Reader {
  (length: number): Buffer;
  rest(): Buffer;
}

function reader(bytes: Uint8Array): Reader {
  let unread = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (length: number): Buffer => {
    if (unread.length < length) throw new VaultError('corrupt');
    const taken = unread.subarray(0, length);
    unread = unread.subarray(length);
    return taken;
  };
  return Object.assign(read, { rest: () => unread });
}
