import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { compactVerify } from 'jose';
import { publicKeyOf } from './key-objects.js';
import { type ReplyErrorReason, signReply, verifyReply } from './signing.js';
import { generateWorkerKeys, newestKey, publicHalf } from './worker-keys.js';

const workerKeys = generateWorkerKeys();
const signingKey = newestKey(workerKeys, 'sig');
const publicKeys = publicHalf(workerKeys).keys;

const NOW = 1_764_000_000_000;
const expected = { aud: 'backup-service', cid: 'c-1', nonce: 'n-1', organization_id: 'o-1' };
const payload = {
  iss: 'storage-worker',
  ...expected,
  iat: NOW / 1000,
  exp: NOW / 1000 + 60,
  ok: true,
  storage: { name: 'Zürich ✓' },
};

describe('signReply and verifyReply', () => {
  it('carry a payload unchanged', () => {
    expect(verifyReply(signReply(payload, signingKey), publicKeys, expected, NOW)).toEqual(payload);
  });

  it('make a JWS that any JOSE library verifies', async () => {
    const { protectedHeader, payload: bytes } = await compactVerify(
      signReply(payload, signingKey),
      publicKeyOf(signingKey),
    );
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: signingKey.kid, typ: 'storage-reply+jws' });
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(payload);
  });

  it('compare only what the caller knows of the request', () => {
    expect(verifyReply(signReply(payload, signingKey), publicKeys, { aud: 'backup-service' }, NOW)).toEqual(payload);
  });
});

describe('verifyReply', () => {
  it.each<[string, object, ReplyErrorReason]>([
    ['meant for another service', { aud: 'other-service' }, 'audience'],
    ['meant for nobody, yet granting', { aud: null }, 'audience'],
    ['of another issuer', { iss: 'gateway' }, 'issuer'],
    ['to another request', { cid: 'c-2' }, 'other_request'],
    ['to no request', { cid: null }, 'other_request'],
    ['with another nonce', { nonce: 'n-2' }, 'other_request'],
    ['for another organization', { organization_id: 'o-2' }, 'other_organization'],
    ['without times', { iat: undefined, exp: undefined }, 'malformed'],
    ['with a time that is text', { exp: '9999999999' }, 'malformed'],
  ])('refuses a reply %s', (_what, difference, reason) => {
    expectRefused(signReply({ ...payload, ...difference }, signingKey), reason);
  });

  it('believes a refusal to a caller whom the worker does not know', () => {
    const refusal = { ...payload, aud: null, ok: false };
    expect(verifyReply(signReply(refusal, signingKey), publicKeys, expected, NOW)).toEqual(refusal);
  });

  it.each([
    ['65 s after it was made', 65_000, 'expired'],
    ['6 s before it was made', -6_000, 'premature'],
  ] as const)('refuses a reply %s', (_when, shift, reason) => {
    expectRefused(signReply(payload, signingKey), reason, NOW + shift);
  });

  it.each([64_000, -5_000])('allows a clock that is off by %d ms at the edge of its life', (shift) => {
    expect(() => verifyReply(signReply(payload, signingKey), publicKeys, expected, NOW + shift)).not.toThrow();
  });

  it('refuses a signature by a key that is not the worker’s', () => {
    expectRefused(signReply(payload, newestKey(generateWorkerKeys(), 'sig')), 'unknown_key');
  });

  it('refuses a signature by another key under the worker’s kid', () => {
    const impostor = { ...newestKey(generateWorkerKeys(), 'sig'), kid: signingKey.kid };
    expectRefused(signReply(payload, impostor), 'signature');
  });

  it('refuses a payload under the signature of another', () => {
    const [header, , signature] = signReply(payload, signingKey).split('.');
    expectRefused([header, segment({ ...payload, ok: false }), signature].join('.'), 'signature');
  });

  it.each([
    ['no algorithm', { alg: 'none' }],
    ['a MAC keyed with the public key', { alg: 'HS256' }],
    ['another type', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['a critical extension', { crit: ['b64'], b64: false }],
    ['a key of its own', { jwk: publicHalf(generateWorkerKeys()).keys[1] }],
  ])('refuses %s in the header', (_what, difference) => {
    const header = { alg: 'EdDSA', kid: signingKey.kid, typ: 'storage-reply+jws', ...difference };
    const signed = `${segment(header)}.${segment(payload)}`;
    const mac = createHmac('sha256', signingKey.x!).update(signed).digest('base64url');
    expectRefused(`${signed}.${mac}`, 'header');
  });

  it('does not take a sealing key for a signing key', () => {
    const sealing = newestKey(workerKeys, 'enc');
    const header = { alg: 'EdDSA', kid: sealing.kid, typ: 'storage-reply+jws' };
    expectRefused(`${segment(header)}.${segment(payload)}.AAAA`, 'unknown_key');
  });

  it.each([undefined, null, 7, '', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'e30.e30.', 'bnVsbA.bnVsbA.AAAA', 'W10.W10.AAAA'])(
    'answers %j with a typed error',
    (text) => {
      expect(() => verifyReply(text as string, publicKeys, expected, NOW)).toThrow(
        expect.objectContaining({ name: 'ReplyError' }),
      );
    },
  );

  it('refuses a reply altered at any one place', () => {
    const jws = signReply(payload, signingKey);
    const signedLength = jws.lastIndexOf('.');
    fc.assert(
      fc.property(fc.nat(signedLength - 1), fc.constantFrom('A', 'b', '_', '.'), (index, character) => {
        fc.pre(jws[index] !== character);
        const altered = jws.slice(0, index) + character + jws.slice(index + 1);
        expect(() => verifyReply(altered, publicKeys, expected, NOW)).toThrow(
          expect.objectContaining({ name: 'ReplyError' }),
        );
      }),
    );
  });
});

function expectRefused(jws: string, reason: ReplyErrorReason, now = NOW): void {
  expect(() => verifyReply(jws, publicKeys, expected, now)).toThrow(
    expect.objectContaining({ name: 'ReplyError', reason }),
  );
}

function segment(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
