import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { generateKeyring, LocalKeyring, Vault } from '@stowage/encryption';
import type { Bench } from './bench.js';
import { contest, line } from './measure.js';

const OPTIONS = { rounds: 4, calls: 2000, concurrency: 1 };
/** What the vault pads to. */
const PLAINTEXT_BYTES = 256;

/** Sealing and opening a stored record (expected: less than 0.5 ms) against bare AES-256-GCM over the same bytes. */
export const vaultRecord: Bench = {
  name: 'vault-record',
  async run() {
    const vault = new Vault(new LocalKeyring(generateKeyring()));
    const record = {
      rowId: randomUUID(),
      organizationId: randomUUID(),
      destination: { provider: 'minio', scheme: 'https', host: 's3.example.com', port: 443 },
    };
    const credentials = { access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: randomBytes(30).toString('base64') };
    const { ciphertext } = await vault.seal(record, credentials);
    const key = randomBytes(32);
    const plaintext = randomBytes(PLAINTEXT_BYTES);
    const box = encrypt(key, plaintext);
    const sealing = await contest(
      OPTIONS,
      () => vault.seal(record, credentials),
      async () => encrypt(key, plaintext),
    );
    const opening = await contest(
      OPTIONS,
      () => vault.open(record, ciphertext),
      async () => decrypt(key, box),
    );
    return [
      `A stored record against bare AES-256-GCM of ${PLAINTEXT_BYTES} bytes (ours / floor; expected below 0.5 ms)`,
      line('  seal', sealing),
      line('  open', opening),
    ];
  },
};

function encrypt(key: Buffer, plaintext: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, box: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(box.subarray(-16));
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]);
}
