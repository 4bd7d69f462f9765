import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '@stowage/contracts';
import {
  generateKeyring,
  generateWorkerKeys,
  LocalKeyring,
  newestKey,
  publicHalf,
  seal,
  Secret,
  signReply,
  VaultError,
  verifyReply,
} from '@stowage/encryption';
import { Keys } from './keys.js';
import { loadKeys } from './load-keys.js';
import { WatchedKeys } from './watched-keys.js';

const RECORD = {
  rowId: '11111111-1111-4111-8111-111111111111',
  organizationId: null,
  destination: { provider: 'minio', scheme: 'https', host: 's3.example.com', port: 443 },
};

describe('Keys', () => {
  const workerKeys = generateWorkerKeys();
  const keys = new Keys(new LocalKeyring(generateKeyring()), workerKeys);

  it('open what was sealed to the worker, as a secret that cannot be printed', async () => {
    const opened = await keys.unseal(await seal({ secret_key: 's' }, newestKey(publicHalf(workerKeys), 'enc')));
    expect(opened.reveal()).toEqual({ secret_key: 's' });
    expect(JSON.stringify(opened)).not.toContain('secret_key');
  });

  it('refuse what was sealed to another', async () => {
    const foreign = await seal({}, newestKey(publicHalf(generateWorkerKeys()), 'enc'));
    await expect(keys.unseal(foreign)).rejects.toMatchObject({ code: 'credentials.unreadable' });
  });

  it('open stored credentials only in their row and for their destination', async () => {
    const { ciphertext } = await keys.store(RECORD, new Secret({ secret_key: 's' }));
    expect((await keys.open(RECORD, ciphertext)).reveal()).toEqual({ secret_key: 's' });
    const moved = { ...RECORD, destination: { ...RECORD.destination, host: 'evil.example.com' } };
    await expect(keys.open(moved, ciphertext)).rejects.toMatchObject({ code: 'credentials.unavailable' });
  });

  it('say that nothing was stored while the key service is away', async () => {
    const away = () => Promise.reject(new VaultError('unavailable', 'remote'));
    const provider = { activeKid: () => 'remote', kids: () => [], wrap: away, unwrap: away, mac: away, check: away };
    await expect(new Keys(provider, workerKeys).store(RECORD, new Secret({}))).rejects.toMatchObject({
      code: 'credentials.unavailable',
      status: 503,
    });
  });
});

describe('worker keys in their overlap', () => {
  const [older, newer] = [generateWorkerKeys(), generateWorkerKeys()];
  const published = publicHalf({ keys: [...newer.keys, ...older.keys] });
  const keys = new Keys(new LocalKeyring(generateKeyring()), { keys: [...newer.keys, ...older.keys] });
  const claims = { iss: 'storage-worker', aud: 'a', iat: 1_764_000_000, exp: 1_764_000_060, ok: true };

  it('let senders seal to the first, and open what was still sealed to the one before', async () => {
    expect(newestKey(published, 'enc')).toEqual(newestKey(publicHalf(newer), 'enc'));
    for (const recipient of [newestKey(published, 'enc'), newestKey(publicHalf(older), 'enc')]) {
      expect((await keys.unseal(await seal({ secret_key: 's' }, recipient))).reveal()).toEqual({ secret_key: 's' });
    }
  });

  it('sign with the first, and are believed by who still has both', () => {
    const reply = keys.sign(claims);
    expect(verifyReply(reply, published.keys, { aud: 'a' }, claims.iat * 1000)).toEqual(claims);
    const before = signReply(claims, newestKey(older, 'sig'));
    expect(verifyReply(before, published.keys, { aud: 'a' }, claims.iat * 1000)).toEqual(claims);
    expect(() => verifyReply(before, publicHalf(newer).keys, { aud: 'a' }, claims.iat * 1000)).toThrow('unknown_key');
  });
});

describe('loadKeys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: unknown, mode = 0o600): string => {
    writeFileSync(join(folder, name), JSON.stringify(content), { mode });
    return join(folder, name);
  };

  it('reads both files', () => {
    const workerKeys = generateWorkerKeys();
    const loaded = loadKeys({
      ENCRYPTION_KEYRING_FILE: file('keyring', generateKeyring()),
      WORKER_KEYS_FILE: file('worker-keys', workerKeys),
      SECRET_FILES_ARE_MOUNTED: false,
    });
    expect(loaded).toEqual({ provider: expect.any(WatchedKeys), workerKeys });
  });

  it('names both files when both are bad, and never a key', () => {
    const keyring = generateKeyring();
    const load = () =>
      loadKeys({
        ENCRYPTION_KEYRING_FILE: file('open-keyring', keyring, 0o644),
        WORKER_KEYS_FILE: file('bad-keys', { keys: [] }),
        SECRET_FILES_ARE_MOUNTED: false,
      });
    expect(load).toThrow(EnvironmentError);
    expect(load).toThrow(/ENCRYPTION_KEYRING_FILE: .*chmod 600[^]*WORKER_KEYS_FILE: /);
    expect(load).not.toThrow(keyring.keys[0]!.key);
  });
});
