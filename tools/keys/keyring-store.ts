import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type KeyringFile, parseKeyring, readSecretFile } from '@stowage/encryption';

/** @throws KeyringError, SecretFileError */
export function readKeyring(path: string): KeyringFile {
  return parseKeyring(readSecretFile(path));
}

/** Whole or not at all, and on disk before anything is sealed with a key in it. */
export function replaceKeyring(path: string, keyring: KeyringFile): void {
  const beside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeNewSecret(beside, format(keyring));
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  sync(dirname(path));
}

/** @throws Error `EEXIST`: no key is ever overwritten */
export function writeNewSecret(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export const format = (keyring: KeyringFile): string => `${JSON.stringify(keyring, null, 2)}\n`;

function sync(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
