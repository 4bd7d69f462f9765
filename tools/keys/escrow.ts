import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { type KeyringFile, parseKeyring } from '@stowage/encryption';
import { format } from './keyring-store.js';

/** A key pair of age for whoever keeps the escrow: the identity stays with them, offline; the recipient is public. */
export async function newIdentity(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/**
 * The keyring encrypted to each recipient, in the format of age (https://age-encryption.org/v1), armored.
 * @throws Error for what is no recipient
 */
export async function toEscrow(keyring: KeyringFile, recipients: string[]): Promise<string> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return armor.encode(await encrypter.encrypt(format(keyring)));
}

/** @throws Error when the identity is none of the recipients or the escrow was altered, KeyringError */
export async function fromEscrow(escrow: string, identity: string): Promise<KeyringFile> {
  const decrypter = new Decrypter();
  for (const line of identity.split('\n').map((text) => text.trim())) {
    if (line !== '' && !line.startsWith('#')) decrypter.addIdentity(line);
  }
  return parseKeyring(await decrypter.decrypt(armor.decode(escrow), 'text'));
}
