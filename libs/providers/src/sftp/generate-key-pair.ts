import { generateKeyPairSync } from 'node:crypto';
import { privateKeyFile, publicKeyLine } from './openssh-form.js';

export interface SshKeyPair {
  /** `ssh-ed25519 AAAA… comment` */
  publicKey: string;
  /** An unencrypted OpenSSH file. A secret. */
  privateKey: string;
}

/** A fresh Ed25519 key pair for SSH. */
export function generateSshKeyPair(comment: string): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKeyLine(publicKey, comment), privateKey: privateKeyFile(privateKey, comment) };
}
