import { vi } from 'vitest';
import type { RegisteredService } from '../service-registry/service-registry.js';
import { SealedCredentials, type SealedFrom } from './sealed-credentials.js';

describe('SealedCredentials', () => {
  const row = (version: number, address: Partial<SealedFrom> = {}): SealedFrom => ({
    id: 'config',
    version,
    organizationId: 'organization',
    provider: 'sftp',
    endpointUrl: null,
    host: 'host.example',
    port: 22,
    tls: null,
    ...address,
  });
  const service = (name: string) => ({ name, sealingKey: { kid: name } }) as RegisteredService;

  it('seals once for a recipient and a version, also when asked many times at once', async () => {
    const cache = new SealedCredentials();
    let sealings = 0;
    const ask = (name: string, version: number) =>
      cache.get(service(name), row(version), async () => `sealed ${++sealings}`);
    expect(await Promise.all([ask('a', 1), ask('a', 1), ask('a', 1)])).toEqual(['sealed 1', 'sealed 1', 'sealed 1']);
    expect(await ask('a', 2)).toBe('sealed 2');
    expect(await ask('b', 1)).toBe('sealed 3');
  });

  it.each<Partial<SealedFrom>>([
    { host: 'evil.example' },
    { port: 2222 },
    { organizationId: 'other' },
    { id: 'other' },
  ])('seals anew for a row that was changed to %j behind our back', async (change) => {
    const cache = new SealedCredentials();
    await cache.get(service('a'), row(1), async () => 'kept');
    expect(await cache.get(service('a'), row(1, change), async () => 'anew')).toBe('anew');
  });

  it('keeps no failure', async () => {
    const cache = new SealedCredentials();
    const ask = (seal: () => Promise<string>) => cache.get(service('a'), row(1), seal);
    await expect(ask(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(ask(async () => 'sealed')).resolves.toBe('sealed');
  });

  it('keeps nothing longer than a minute', async () => {
    const cache = new SealedCredentials();
    const now = vi.spyOn(Date, 'now').mockReturnValue(0);
    const ask = (sealed: string) => cache.get(service('a'), row(1), async () => sealed);
    expect(await ask('first')).toBe('first');
    now.mockReturnValue(60_001);
    expect(await ask('second')).toBe('second');
    now.mockRestore();
  });
});
