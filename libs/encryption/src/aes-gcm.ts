import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** AES-256-GCM (NIST SP 800-38D) under a fresh random nonce: `nonce | ciphertext | tag`. */
export function encrypt(key: KeyObject, plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when the box was not made by `encrypt` with this key and AAD; nothing is released before that is known. */
export function decrypt(key: KeyObject, box: Uint8Array, aad: Uint8Array): Buffer {
  if (box.length < NONCE_BYTES + TAG_BYTES) throw new Error('The box is too short');
  // Without authTagLength node:crypto would accept tags of 4 bytes.
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  const released = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([released, decipher.final()]);
}
