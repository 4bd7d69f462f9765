import type { KeyObject } from 'node:crypto';
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, type JWK } from 'jose';
import { privateKeyOf, publicKeyOf } from './key-objects.js';

const KEY_AGREEMENT = 'ECDH-ES';
const ENCRYPTION = 'A256GCM';
const HEADER_MEMBERS = new Set(['alg', 'enc', 'epk', 'kid']);

export type SealErrorReason =
  /** The JWK is not an EC P-256 key with `kid`, meant for encryption. */
  | 'bad_key'
  /** Not a JWE in compact form (RFC 7516 section 7.1). */
  | 'malformed'
  /** Another algorithm than ECDH-ES with A256GCM, or a header member beside alg, enc, epk and kid. */
  | 'header'
  /** Sealed to a key that is not among those given. */
  | 'unknown_key'
  /** Altered, or sealed to another key under this kid, or no JSON inside. */
  | 'unreadable';

export class SealError extends Error {
  override readonly name = 'SealError';
  constructor(readonly reason: SealErrorReason) {
    super(`The sealed message cannot be made or opened: ${reason}`);
  }
}

/**
 * Seals an object to the holder of one P-256 key: JWE compact (RFC 7516), ECDH-ES direct key agreement with A256GCM.
 * @throws SealError `bad_key`
 */
export async function seal(payload: object, recipient: JWK): Promise<string> {
  const key = sealingKey(recipient, publicKeyOf);
  return new CompactEncrypt(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: KEY_AGREEMENT, enc: ENCRYPTION, kid: recipient.kid })
    .encrypt(key);
}

/**
 * Opens what `seal` made, with the key that its header names.
 * @throws SealError
 */
export async function unseal(jwe: string, privateKeys: readonly JWK[]): Promise<unknown> {
  const kid = recipientOf(jwe);
  const recipient = privateKeys.find((candidate) => candidate.kid === kid);
  if (!recipient) throw new SealError('unknown_key');
  const key = sealingKey(recipient, privateKeyOf);
  try {
    const { plaintext } = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: [KEY_AGREEMENT],
      contentEncryptionAlgorithms: [ENCRYPTION],
    });
    return JSON.parse(Buffer.from(plaintext).toString('utf8'));
  } catch {
    throw new SealError('unreadable');
  }
}

function recipientOf(jwe: string): string {
  const header = headerOf(jwe);
  const closed = Object.keys(header).every((member) => HEADER_MEMBERS.has(member));
  if (!closed || header.alg !== KEY_AGREEMENT || header.enc !== ENCRYPTION) throw new SealError('header');
  if (typeof header.kid !== 'string') throw new SealError('unknown_key');
  return header.kid;
}

function headerOf(jwe: string) {
  if (jwe.split('.').length !== 5) throw new SealError('malformed');
  try {
    return decodeProtectedHeader(jwe);
  } catch {
    throw new SealError('malformed');
  }
}

function sealingKey(jwk: JWK, parse: (jwk: JWK) => KeyObject): KeyObject {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.kid || jwk.use === 'sig') throw new SealError('bad_key');
  try {
    return parse(jwk);
  } catch {
    throw new SealError('bad_key');
  }
}
