import { jest } from '@jest/globals';
import type { RegisteredService } from '../service-registry/service-registry.js';
import { SealedCredentials } from './sealed-credentials.js';

describe('SealedCredentials', () => {
  const service = (name: string) => ({ name, sealingKey: { kid: name } }) as RegisteredService;

  it('seals once for a recipient and a version, also when asked many times at once', async () => {
    const cache = new SealedCredentials();
    let sealings = 0;
    const ask = (name: string, version: number) =>
      cache.get(service(name), { id: 'config', version }, async () => `sealed ${++sealings}`);
    expect(await Promise.all([ask('a', 1), ask('a', 1), ask('a', 1)])).toEqual(['sealed 1', 'sealed 1', 'sealed 1']);
    expect(await ask('a', 2)).toBe('sealed 2');
    expect(await ask('b', 1)).toBe('sealed 3');
  });

  it('keeps no failure', async () => {
    const cache = new SealedCredentials();
    const ask = (seal: () => Promise<string>) => cache.get(service('a'), { id: 'config', version: 1 }, seal);
    await expect(ask(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(ask(async () => 'sealed')).resolves.toBe('sealed');
  });

  it('keeps nothing longer than a minute', async () => {
    const cache = new SealedCredentials();
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    const ask = (sealed: string) => cache.get(service('a'), { id: 'config', version: 1 }, async () => sealed);
    expect(await ask('first')).toBe('first');
    now.mockReturnValue(60_001);
    expect(await ask('second')).toBe('second');
    now.mockRestore();
  });
});
