import * as fc from 'fast-check';
import { generateKeyring, LocalKeyring } from './keyring.js';
import { type RecordIdentity, Vault } from './vault.js';
import { VaultError } from './vault-error.js';

const keyring = new LocalKeyring(generateKeyring());
const vault = new Vault(keyring);

const record: RecordIdentity = {
  rowId: '0191a5d0-0000-7000-8000-000000000001',
  organizationId: '0191a5d0-0000-7000-8000-0000000000aa',
  destination: { provider: 'minio', scheme: 'https', host: 's3.example.com', port: 9000 },
};
/** Every sequence of UTF-16 units, lone surrogates and control characters included. */
const anyText = fc.uint16Array({ maxLength: 1000 }).map((units) => String.fromCharCode(...units));
const credentials = { access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'canary/secret+key' };

describe('Vault', () => {
  it('gives back any credentials as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ access_key: anyText, secret_key: anyText }), async (secrets) => {
        const { ciphertext } = await vault.seal(record, secrets);
        expect(await vault.open(record, ciphertext)).toEqual({ ...secrets });
      }),
      { numRuns: 50 },
    );
  });

  it('stores text that looks like a record as the secret that it is', async () => {
    const { ciphertext } = await vault.seal(record, credentials);
    const lookalike = { access_key: ciphertext.toString('latin1'), secret_key: ciphertext.toString('base64') };
    expect(await vault.open(record, (await vault.seal(record, lookalike)).ciphertext)).toEqual(lookalike);
  });

  it.each([
    'enc:AAAA',
    'encv1:AAAA',
    'vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==',
    'SC\u0001\u0001',
  ])('takes %j for a secret, not for something sealed', async (secret_key) => {
    const { ciphertext } = await vault.seal(record, { access_key: 'a', secret_key });
    expect(await vault.open(record, ciphertext)).toEqual({ access_key: 'a', secret_key });
  });

  it('shows neither the secret nor, within 256 bytes, its length', async () => {
    const long = await vault.seal(record, { ...credentials, passphrase: 'p'.repeat(100) });
    const short = await vault.seal(record, credentials);
    expect(short.ciphertext.includes('canary')).toBe(false);
    expect(short.ciphertext).toHaveLength(long.ciphertext.length);
  });

  it('never makes the same record twice', async () => {
    const records = await Promise.all(Array.from({ length: 2000 }, () => vault.seal(record, credentials)));
    expect(new Set(records.map(({ ciphertext }) => ciphertext.toString('hex'))).size).toBe(2000);
  });

  it('says which key a record needs', async () => {
    const { ciphertext, kid } = await vault.seal(record, credentials);
    expect(kid).toBe(keyring.activeKid());
    expect(vault.kidOf(ciphertext)).toBe(kid);
  });

  it('does not mind in which case an id is written', async () => {
    const { ciphertext } = await vault.seal({ ...record, rowId: record.rowId.toUpperCase() }, credentials);
    expect(await vault.open(record, ciphertext)).toEqual(credentials);
  });

  it.each<[string, Partial<RecordIdentity>]>([
    ['another row', { rowId: '0191a5d0-0000-7000-8000-000000000002' }],
    ['another organization', { organizationId: '0191a5d0-0000-7000-8000-0000000000bb' }],
    ['the platform', { organizationId: null }],
    ['another host', { destination: { ...record.destination, host: 'evil.example.com' } }],
    ['another port', { destination: { ...record.destination, port: 9001 } }],
    ['another scheme', { destination: { ...record.destination, scheme: 'http' } }],
    ['another provider', { destination: { ...record.destination, provider: 'sftp' } }],
  ])('refuses a record that was moved to %s', async (_where, difference) => {
    const { ciphertext } = await vault.seal(record, credentials);
    await expect(vault.open({ ...record, ...difference }, ciphertext)).rejects.toMatchObject({ reason: 'corrupt' });
  });

  it('refuses a record with any one bit of any byte flipped', async () => {
    const { ciphertext } = await vault.seal(record, credentials);
    for (let index = 0; index < ciphertext.length; index += 1) {
      const altered = Buffer.from(ciphertext);
      altered[index]! ^= 1 << (index % 8);
      await expect(vault.open(record, altered)).rejects.toBeInstanceOf(VaultError);
    }
  });

  it('refuses a record that was cut at any place, its tag included', async () => {
    const { ciphertext } = await vault.seal(record, credentials);
    for (let length = 0; length < ciphertext.length; length += 1) {
      await expect(vault.open(record, ciphertext.subarray(0, length))).rejects.toBeInstanceOf(VaultError);
    }
  });

  it.each([4, 8, 12, 13, 14, 15])('refuses a tag of %d bytes, which node:crypto alone would take', async (length) => {
    const { ciphertext } = await vault.seal(record, credentials);
    await expect(vault.open(record, ciphertext.subarray(0, length - 16))).rejects.toMatchObject({ reason: 'corrupt' });
  });

  it('opens a record nowhere but in its row, its organization and for its destination, whatever these are', async () => {
    const identity = fc.record({
      rowId: fc.uuid(),
      organizationId: fc.option(fc.uuid(), { nil: null }),
      destination: fc.record({
        provider: fc.constantFrom('minio', 'sftp', 'ftp'),
        scheme: fc.constantFrom('http', 'https', 'sftp'),
        host: fc.domain(),
        port: fc.integer({ min: 1, max: 65_535 }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(
        identity,
        identity,
        fc.constantFrom('rowId', 'organizationId', 'destination'),
        async (a, b, part) => {
          fc.pre(JSON.stringify(a[part]) !== JSON.stringify(b[part]));
          const { ciphertext } = await vault.seal(a, credentials);
          expect(await vault.open(a, ciphertext)).toEqual(credentials);
          await expect(vault.open({ ...a, [part]: b[part] }, ciphertext)).rejects.toMatchObject({ reason: 'corrupt' });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        await expect(vault.open(record, bytes)).rejects.toBeInstanceOf(VaultError);
      }),
    );
  });

  it('repeats no control character of a broken record', async () => {
    const { ciphertext } = await vault.seal(record, credentials);
    ciphertext[5] = 0x1b;
    await expect(vault.open(record, ciphertext)).rejects.toMatchObject({ reason: 'corrupt', kid: null });
  });

  it.each([2, 3])('says that it does not know the version or suite in byte %d', async (index) => {
    const { ciphertext } = await vault.seal(record, credentials);
    ciphertext[index] = 2;
    await expect(vault.open(record, ciphertext)).rejects.toMatchObject({ reason: 'unsupported' });
    expect(() => vault.kidOf(ciphertext)).toThrow(expect.objectContaining({ reason: 'unsupported' }));
  });

  it('names the missing key and never tries another', async () => {
    const { ciphertext, kid } = await vault.seal(record, credentials);
    const elsewhere = new Vault(new LocalKeyring(generateKeyring()));
    await expect(elsewhere.open(record, ciphertext)).rejects.toMatchObject({ reason: 'unknown_key', kid });
  });

  it('lets an outage of the key provider through as it is', async () => {
    const { ciphertext } = await vault.seal(record, credentials);
    const away = new Vault({
      activeKid: () => 'remote',
      kids: () => ['remote'],
      wrap: () => Promise.reject(new VaultError('unavailable', 'remote')),
      unwrap: () => Promise.reject(new VaultError('unavailable', 'remote')),
      mac: () => Promise.reject(new VaultError('unavailable', 'remote')),
      check: () => Promise.resolve(),
    });
    await expect(away.seal(record, credentials)).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(away.open(record, ciphertext)).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
