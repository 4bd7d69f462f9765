import { placeOf } from './place-of.js';

describe('the place of an error', () => {
  it('is its class, its code and its frames, without a word of its message', () => {
    const error = Object.assign(new TypeError('invalid input: "canary"\n    at canary (canary:1:1)'), {
      code: '22P02',
    });
    const place = placeOf(error);
    expect(place).toMatch(/^TypeError 22P02\n +at .*place-of\.spec\.ts/);
    expect(place).not.toContain('canary');
  });

  it('takes no name or code that a server made up', () => {
    const error = Object.assign(new Error('x'), { name: 'Evil\u001b[31m', code: '\n{"level":60}' });
    expect(placeOf(error)).not.toMatch(/Evil|level/);
  });

  it('has little to say of what is no error', () => {
    expect(placeOf('canary')).toBe('string');
  });
});
