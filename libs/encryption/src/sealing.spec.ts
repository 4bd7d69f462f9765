import * as fc from 'fast-check';
import { CompactEncrypt, generateSecret } from 'jose';
import { publicKeyOf } from './key-objects.js';
import { seal, SealError, type SealErrorReason, unseal } from './sealing.js';
import { generateSealingKey, generateWorkerKeys, newestKey, publicHalf } from './worker-keys.js';

const privateKey = generateSealingKey();
const publicKey = publicHalf({ keys: [privateKey] }).keys[0]!;

/** Every sequence of UTF-16 units, lone surrogates and control characters included. */
const anyText = fc.uint16Array({ maxLength: 200 }).map((units) => String.fromCharCode(...units));

describe('seal and unseal', () => {
  it('bring any object to the holder of the private key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), anyText), async (secrets) => {
        expect(await unseal(await seal(secrets, publicKey), [privateKey])).toEqual({ ...secrets });
      }),
      { numRuns: 20 },
    );
  });

  it('name the recipient and nothing else in the header', async () => {
    const header = headerOf(await seal({ secret_key: 'canary' }, publicKey));
    expect(Object.keys(header).toSorted()).toEqual(['alg', 'enc', 'epk', 'kid']);
    expect(header).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: publicKey.kid });
  });

  it('never seal the same twice alike', async () => {
    expect(await seal({ a: 1 }, publicKey)).not.toBe(await seal({ a: 1 }, publicKey));
  });

  it('open with an older key while it is among the keys', async () => {
    const sealed = await seal({ a: 1 }, publicKey);
    expect(await unseal(sealed, [generateSealingKey(), privateKey])).toEqual({ a: 1 });
  });

  it('need nothing of the recipient that only its owner has', async () => {
    expect(publicKey).not.toHaveProperty('d');
    await expect(unseal(await seal({ a: 1 }, publicKey), [publicKey])).rejects.toMatchObject({ reason: 'bad_key' });
  });
});

describe('seal', () => {
  it.each([
    ['a signing key', newestKey(publicHalf(generateWorkerKeys()), 'sig')],
    ['a key meant for signatures', { ...publicKey, use: 'sig' }],
    ['a key without kid', { ...publicKey, kid: undefined }],
    ['a key on another curve', { ...publicKey, crv: 'P-384' }],
    ['a point that is not on the curve', { ...publicKey, x: publicKey.y }],
    ['an empty key', {}],
  ])('refuses %s as the recipient', async (_what, key) => {
    await expect(seal({ a: 1 }, key)).rejects.toMatchObject({ name: 'SealError', reason: 'bad_key' });
  });
});

describe('unseal', () => {
  it('refuses what is sealed to another key', async () => {
    await expectRefused(seal({ a: 1 }, generateSealingKey()), 'unknown_key');
  });

  it('refuses what is sealed to another key under our kid', async () => {
    await expectRefused(seal({ a: 1 }, { ...generateSealingKey(), kid: publicKey.kid }), 'unreadable');
  });

  it.each([
    ['another content encryption', { alg: 'ECDH-ES', enc: 'A128GCM' }],
    ['CBC', { alg: 'ECDH-ES', enc: 'A256CBC-HS512' }],
    ['key wrapping', { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' }],
  ])('refuses %s', async (_what, header) => {
    const jwe = new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ ...header, kid: publicKey.kid })
      .encrypt(publicKeyOf(publicKey));
    await expectRefused(jwe, 'header');
  });

  it('refuses a symmetric key that the sender chose', async () => {
    const secret = await generateSecret('A256GCM');
    const jwe = new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: publicKey.kid })
      .encrypt(secret);
    await expectRefused(jwe, 'header');
  });

  it.each(['zip', 'apu', 'apv', 'crit', 'jku', 'jwk', 'x5u'])('refuses the header member %s', async (member) => {
    const [header, ...others] = (await seal({ a: 1 }, publicKey)).split('.');
    const forged = { ...(JSON.parse(Buffer.from(header!, 'base64url').toString()) as object), [member]: 'DEF' };
    await expectRefused([Buffer.from(JSON.stringify(forged)).toString('base64url'), ...others].join('.'), 'header');
  });

  it('refuses a message altered in any of its parts', async () => {
    const parts = (await seal({ a: 1 }, publicKey)).split('.');
    for (const index of [2, 3, 4]) {
      const altered = parts.with(index, flipped(parts[index]!));
      await expectRefused(altered.join('.'), 'unreadable');
    }
  });

  it.each(['', 'a.b.c', 'a.b.c.d.e', '....', 'AAAA....', 'bm90IGpzb24....', 'W10....'])(
    'refuses %j, which is no JWE',
    async (text) => {
      await expect(unseal(text, [privateKey])).rejects.toBeInstanceOf(SealError);
    },
  );

  it('refuses a sealed text that is not JSON', async () => {
    const jwe = new CompactEncrypt(Buffer.from('secret'))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: publicKey.kid })
      .encrypt(publicKeyOf(publicKey));
    await expectRefused(jwe, 'unreadable');
  });
});

async function expectRefused(jwe: string | Promise<string>, reason: SealErrorReason): Promise<void> {
  await expect(unseal(await jwe, [privateKey])).rejects.toMatchObject({ name: 'SealError', reason });
}

function headerOf(jwe: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwe.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
}

function flipped(part: string): string {
  const bytes = Buffer.from(part, 'base64url');
  bytes[0]! ^= 1;
  return bytes.toString('base64url');
}
