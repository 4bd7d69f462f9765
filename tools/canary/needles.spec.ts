import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { needlesOf, NeedleSearch } from './needles.js';

const SECRET = 'cänary "quoted"\\+/ %41&=\u{1f511} end';
const search = new NeedleSearch([...needlesOf('ours', SECRET), ...needlesOf('other', 'another-secret-of-somebody')]);
const spellingsIn = (hay: string | Buffer): string[] => [
  ...new Set(search.in(Buffer.from(hay as string)).map(({ secret, spelling }) => `${secret} ${spelling}`)),
];

describe('the search for canaries', () => {
  it.each<[string, string | Buffer]>([
    ['as it is', SECRET],
    ['UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['JSON', JSON.stringify(SECRET)],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ secret_key: SECRET }))],
    ['URL', `https://x.example/?key=${encodeURIComponent(SECRET)}`],
    ['form', new URLSearchParams({ key: SECRET }).toString()],
    ['hex', Buffer.from(SECRET).toString('hex')],
    ['HEX', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ])('finds it %s', (spelling, hay) => {
    expect(spellingsIn(Buffer.concat([randomBytes(100), Buffer.from(hay as string), randomBytes(100)]))).toContain(
      `ours ${spelling}`,
    );
  });

  it('finds base64 of anything that has it in the middle', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, after) => {
        const whole = Buffer.concat([before, Buffer.from(SECRET), after]);
        expect(spellingsIn(whole.toString('base64'))).toContain('ours base64');
        expect(spellingsIn(whole.toString('base64url')).join()).toMatch(/ours base64/);
      }),
    );
  });

  it('finds nothing where nothing is', () => {
    expect(spellingsIn(randomBytes(1_000_000))).toEqual([]);
    expect(spellingsIn(SECRET.slice(0, -1))).toEqual([]);
    expect(spellingsIn('')).toEqual([]);
  });

  it('takes no needle that chance could spell', () => {
    expect(() => new NeedleSearch(needlesOf('short', 'abc'))).toThrow('too short');
  });
});
