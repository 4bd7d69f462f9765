import { inspect } from 'node:util';
import { Secret } from './secret.js';

describe('Secret', () => {
  const secret = new Secret('hunter2-canary');

  it.each([
    ['String()', () => String(secret)],
    ['a template', () => `${secret.toString()} ${secret as unknown as string}`],
    ['concatenation', () => 'key: ' + (secret as unknown as string)],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect({ nested: { secret } }, { depth: null, showHidden: true })],
    ['Object.entries', () => inspect(Object.entries(secret))],
  ])('does not show its value through %s', (_way, print) => {
    expect(print()).not.toContain('canary');
  });

  it('gives its value to whoever asks for it by name', () => {
    expect(secret.reveal()).toBe('hunter2-canary');
  });
});
