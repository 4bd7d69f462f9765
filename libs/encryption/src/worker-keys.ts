import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { privateKeyOf, publicKeyOf } from './key-objects.js';

/** Content of WORKER_KEYS_FILE (private) and WORKER_PUBLIC_KEYS_FILE: a JWK Set (RFC 7517), newest key first. */
export type WorkerKeys = JSONWebKeySet;

export type KeyUse = 'enc' | 'sig';

/** ECDH-ES on P-256 (RFC 7518 section 6.2), EdDSA on Ed25519 (RFC 8037 section 2). */
const KINDS = {
  enc: { kty: 'EC', crv: 'P-256', signatureHash: 'sha256' },
  sig: { kty: 'OKP', crv: 'Ed25519', signatureHash: null },
} as const;

/** The message says what is wrong and names the kid, never a key. */
export class WorkerKeysError extends Error {
  override readonly name = 'WorkerKeysError';
}

/** A new private key for each use. */
export function generateWorkerKeys(): WorkerKeys {
  return { keys: [generateSealingKey(), generateSigningKey()] };
}

/** A new private P-256 JWK to which others can seal; a service has one of its own. */
export function generateSealingKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return named(privateKey.export({ format: 'jwk' }), 'enc');
}

function generateSigningKey(): JWK {
  const { privateKey } = generateKeyPairSync('ed25519');
  return named(privateKey.export({ format: 'jwk' }), 'sig');
}

function named(jwk: JWK, use: KeyUse): JWK {
  return { kid: thumbprint(jwk), use, ...jwk };
}

/** The same keys without their secrets: what WORKER_PUBLIC_KEYS_FILE and `GET /storage-keys` hold. */
export function publicHalf(keys: WorkerKeys): WorkerKeys {
  return { keys: keys.keys.map(publicJwk) };
}

function publicJwk({ kid, use, kty, crv, x, y }: JWK): JWK {
  return { kid, use, kty, crv, x, ...(y !== undefined && { y }) };
}

/** The newest key of a use: senders seal to the first `enc` key, the worker signs with the first `sig` key. */
export function newestKey(keys: WorkerKeys, use: KeyUse): JWK {
  const key = keys.keys.find((candidate) => candidate.use === use);
  if (!key) throw new WorkerKeysError(`there is no key with "use": "${use}"`);
  return key;
}

/** Reads the content of WORKER_KEYS_FILE. @throws WorkerKeysError */
export function parseWorkerKeys(text: string): WorkerKeys {
  return parseKeys(text, checkPrivateKey);
}

/** Reads the content of WORKER_PUBLIC_KEYS_FILE; one with a secret in it is refused. @throws WorkerKeysError */
export function parseWorkerPublicKeys(text: string): WorkerKeys {
  return parseKeys(text, checkPublicKey);
}

function parseKeys(text: string, check: (jwk: JWK) => void): WorkerKeys {
  const keys = parseJwkSet(text);
  for (const jwk of keys.keys) {
    checkKind(jwk);
    check(jwk);
  }
  const kids = keys.keys.map((jwk) => jwk.kid);
  if (new Set(kids).size !== kids.length) throw new WorkerKeysError('the same key stands there twice');
  for (const use of ['enc', 'sig'] as const) newestKey(keys, use);
  return keys;
}

function parseJwkSet(text: string): WorkerKeys {
  const set = parseJson(text) as { keys?: unknown } | null;
  const keys = set?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null)) {
    throw new WorkerKeysError('it is not a JWK Set: {"keys": [{...}]}');
  }
  return { keys: keys as JWK[] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WorkerKeysError('it is not JSON');
  }
}

function checkKind(jwk: JWK): void {
  if (jwk.use !== 'enc' && jwk.use !== 'sig') throw new WorkerKeysError(`key ${jwk.kid}: "use" must be enc or sig`);
  const { kty, crv } = KINDS[jwk.use as KeyUse];
  if (jwk.kty !== kty || jwk.crv !== crv) {
    throw new WorkerKeysError(`key ${jwk.kid}: a key with "use": "${jwk.use}" must be ${kty} ${crv}`);
  }
  if (jwk.kid !== thumbprint(jwk)) {
    throw new WorkerKeysError(`key ${jwk.kid}: "kid" must be the key's RFC 7638 thumbprint`);
  }
}

function checkPublicKey(jwk: JWK): void {
  if ('d' in jwk) throw new WorkerKeysError(`key ${jwk.kid}: a private key must not be in a file of public keys`);
  refuseUnless(jwk, 'is not a point on its curve', () => publicKeyOf(jwk).type === 'public');
}

function checkPrivateKey(jwk: JWK): void {
  if (typeof jwk.d !== 'string') throw new WorkerKeysError(`key ${jwk.kid}: the private member "d" is missing`);
  refuseUnless(jwk, 'has a private and a public half that do not belong together', () => isPair(jwk));
}

/** node:crypto takes a private key whose public members are another key's; a signature tells. */
function isPair(jwk: JWK): boolean {
  const { signatureHash } = KINDS[jwk.use as KeyUse];
  const probe = Buffer.from('probe');
  return verify(signatureHash, probe, publicKeyOf(publicJwk(jwk)), sign(signatureHash, probe, privateKeyOf(jwk)));
}

function refuseUnless(jwk: JWK, problem: string, holds: () => boolean): void {
  let held = false;
  try {
    held = holds();
  } catch {
    // node:crypto could not read the key: the same answer.
  }
  if (!held) throw new WorkerKeysError(`key ${jwk.kid}: ${problem}`);
}

/** RFC 7638: SHA-256 over the required members in lexicographic order. Synchronous, unlike the one of jose. */
function thumbprint({ crv, kty, x, y }: JWK): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
