import { createPrivateKey } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { StorageFailure } from '../failure.js';
import { privateKeyFile } from './openssh-form.js';
import { needsPassphrase, repairPrivateKey } from './private-key.js';

/**
 * Opens a private key for signing. Deriving the key from the passphrase takes as long as the file asks for: run this only
 * where a thread may be killed.
 *
 * @throws StorageFailure `ssh.key_format`, `ssh.key_is_public`, `ssh.key_passphrase_missing`, `ssh.key_passphrase_wrong`
 */
export function openPrivateKey(text: string, passphrase: string | undefined): ParsedKey {
  const { key } = repairPrivateKey(text);
  const encrypted = needsPassphrase(key);
  if (encrypted && !passphrase) throw new StorageFailure('ssh.key_passphrase_missing');
  try {
    return parse(isPkcs8(key) ? fromPkcs8(key, passphrase) : key, passphrase);
  } catch {
    throw new StorageFailure(encrypted ? 'ssh.key_passphrase_wrong' : 'ssh.key_format');
  }
}

/** @throws Error */
function parse(key: string | Buffer, passphrase: string | undefined): ParsedKey {
  const parsed = ssh2.utils.parseKey(key, passphrase);
  // OpenSSH files can hold several keys; none ever did.
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  if (first instanceof Error) throw first;
  if (!first?.isPrivateKey()) throw new Error('There is no private key in it');
  return first;
}

const isPkcs8 = (key: string): boolean => /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(key);

/** ssh2 reads no PKCS#8, the form that `openssl genpkey` and the cloud consoles write. */
function fromPkcs8(pem: string, passphrase: string | undefined): string | Buffer {
  const key = createPrivateKey({ key: pem, passphrase });
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' });
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' });
  if (key.asymmetricKeyType === 'ed25519') return privateKeyFile(key, '');
  throw new Error(`SSH has no keys of type ${key.asymmetricKeyType}`);
}
