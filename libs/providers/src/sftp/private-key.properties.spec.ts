import * as fc from 'fast-check';
import { StorageFailure } from '../failure.js';
import { evidenceOf } from '../diagnosis/evidence.js';
import { generateSshKeyPair } from './generate-key-pair.js';
import { openPrivateKey } from './open-private-key.js';
import { needsPassphrase, repairPrivateKey } from './private-key.js';

const anyText = fc.uint16Array({ maxLength: 200 }).map((units) => String.fromCharCode(...units));
const LABELS = ['OPENSSH PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];
const nearlyKey = fc
  .tuple(fc.constantFrom(...LABELS), fc.oneof(anyText, fc.base64String({ maxLength: 400 })))
  .map(([label, inside]) => `-----BEGIN ${label}-----\n${inside}\n-----END ${label}-----\n`);

describe('a private key', () => {
  it('that is any text is opened or refused in words, and never quoted', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, nearlyKey), (text) => {
        const { code, told } = refusalOf(text);
        expect(code).toMatch(/^(none|ssh\.key_.+)$/);
        const isLongEnoughToTell = text.trim().length > 40;
        expect(isLongEnoughToTell && told.includes(text.trim())).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('survives every way of pasting it', () => {
    const key = generateSshKeyPair('somebody').privateKey;
    const ways = fc.array(
      fc.constantFrom<(text: string) => string>(
        (text) => text.replaceAll('\n', '\r\n'),
        (text) => text.replaceAll(/^/gm, '    '),
        (text) => `${text}\n\n`,
        (text) => `\n  ${text}`,
        (text) => `"${text}"`,
        (text) => text.replaceAll('\n', '\\n'),
      ),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(ways, (steps) => {
        const pasted = steps.reduce((text, step) => step(text), key);
        expect(repairPrivateKey(pasted).key.replaceAll(/\s/g, '')).toBe(key.replaceAll(/\s/g, ''));
        expect(needsPassphrase(repairPrivateKey(pasted).key)).toBe(false);
      }),
    );
  });
});

describe('the words of a server', () => {
  it('are shown short, without controls and without the secret that it repeats', () => {
    const secret = fc
      .string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })
      .filter((text) => /\S{8}/.test(text));
    fc.assert(
      fc.property(anyText, secret, anyText, (before, secret_key, after) => {
        const shown = evidenceOf(`${before}${secret_key}${after}${encodeURIComponent(secret_key)}`, {
          access_key: 'somebody',
          secret_key,
        });
        expect(shown.length).toBeLessThanOrEqual(200);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(shown).not.toContain(secret_key);
      }),
      { numRuns: 300 },
    );
  });
});

/** @throws what is no refusal */
function refusalOf(text: string): { code: string; told: string } {
  try {
    openPrivateKey(text, 'passphrase');
    return { code: 'none', told: '' };
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    return { code: error.code, told: JSON.stringify(error.detail) };
  }
}
