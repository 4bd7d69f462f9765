import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

const publicKeys = new WeakMap<JWK, KeyObject>();
const privateKeys = new WeakMap<JWK, KeyObject>();

/** Parsed once per JWK object: parsing costs more than a signature. A private JWK gives its public half. */
export function publicKeyOf(jwk: JWK): KeyObject {
  return cached(publicKeys, jwk, () => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
}

/** Parsed once per JWK object. @throws Error on a public JWK */
export function privateKeyOf(jwk: JWK): KeyObject {
  return cached(privateKeys, jwk, () => createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }));
}

function cached(cache: WeakMap<JWK, KeyObject>, jwk: JWK, parse: () => KeyObject): KeyObject {
  const known = cache.get(jwk);
  if (known) return known;
  const parsed = parse();
  cache.set(jwk, parsed);
  return parsed;
}
