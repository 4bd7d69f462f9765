import { calculateJwkThumbprint, type JWK } from 'jose';
import {
  generateWorkerKeys,
  newestKey,
  parseWorkerKeys,
  parseWorkerPublicKeys,
  publicHalf,
  type WorkerKeys,
} from './worker-keys.js';

const keys = generateWorkerKeys();
const other = generateWorkerKeys();

describe('generateWorkerKeys', () => {
  it('makes a file that can be read back', () => {
    expect(parseWorkerKeys(JSON.stringify(keys))).toEqual(keys);
  });

  it('names each key by its thumbprint (RFC 7638)', async () => {
    for (const key of keys.keys) expect(key.kid).toBe(await calculateJwkThumbprint(key));
  });
});

describe('publicHalf', () => {
  it('keeps no secret and can be read back as public keys', () => {
    const halves = publicHalf(keys);
    expect(JSON.stringify(halves)).not.toContain('"d"');
    expect(parseWorkerPublicKeys(JSON.stringify(halves))).toEqual(halves);
  });
});

describe('newestKey', () => {
  it('is the first of its use', () => {
    expect(newestKey({ keys: [...other.keys, ...keys.keys] }, 'enc')).toBe(other.keys[0]);
  });
});

describe('parseWorkerKeys', () => {
  const [enc, sig] = keys.keys as [JWK, JWK];

  it.each<[string, string]>([
    ['text that is not JSON', 'not JSON'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a key that is no object', '{"keys": [7]}'],
    ['no key at all', '{"keys": []}'],
    ['no signing key', JSON.stringify({ keys: [enc] })],
    ['no sealing key', JSON.stringify({ keys: [sig] })],
    ['the same key twice', JSON.stringify({ keys: [enc, sig, enc] })],
    ['a public key', JSON.stringify(publicHalf(keys))],
    ['a key without use', withEnc({ use: undefined })],
    ['an unknown use', withEnc({ use: 'tls' })],
    ['a use that the curve is not for', withEnc({ use: 'sig' })],
    ['a kid of one’s own choice', withEnc({ kid: 'my-key' })],
    ['a private half of another key', withEnc({ d: other.keys[0]!.d })],
    ['a private half that is no key', withEnc({ d: 'AAAA' })],
    [
      'a signing key with the private half of another',
      JSON.stringify({ keys: [enc, { ...sig, d: other.keys[1]!.d }] }),
    ],
  ])('refuses %s', (_what, text) => {
    expect(() => parseWorkerKeys(text)).toThrow(expect.objectContaining({ name: 'WorkerKeysError' }));
  });

  it('never quotes a key', () => {
    expect(() => parseWorkerKeys(withEnc({ kid: 'my-key' }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(enc.d!) as string }),
    );
  });

  function withEnc(difference: object): string {
    return JSON.stringify({ keys: [{ ...enc, ...difference }, sig] } satisfies WorkerKeys);
  }
});

describe('parseWorkerPublicKeys', () => {
  it('refuses a file that holds a private key', () => {
    expect(() => parseWorkerPublicKeys(JSON.stringify(keys))).toThrow(/private key must not be/);
  });

  it('refuses a point that is not on the curve', async () => {
    const [enc, sig] = publicHalf(keys).keys as [JWK, JWK];
    const bent = { ...enc, x: enc.y };
    const named = { ...bent, kid: await calculateJwkThumbprint(bent) };
    expect(() => parseWorkerPublicKeys(JSON.stringify({ keys: [named, sig] }))).toThrow(/not a point/);
  });
});
