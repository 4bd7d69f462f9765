import * as fc from 'fast-check';
import { lengthPrefixed } from './length-prefixed.js';

describe('lengthPrefixed', () => {
  it('tells apart parts that concatenate to the same text', () => {
    expect(lengthPrefixed('row-', '1org')).not.toEqual(lengthPrefixed('row-1', 'org'));
  });

  it('gives different bytes for different lists of parts', () => {
    const parts = fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(lengthPrefixed(...one).equals(lengthPrefixed(...other))).toBe(false);
      }),
    );
  });
});
