import { randomBytes } from 'node:crypto';
import type { KeyPlace, KeyProvider } from '../key-provider.js';
import { Vault } from '../vault.js';

/** Where the keys of the provider under test are kept, with what an operator can do to them. */
export interface KeyProviderHarness {
  /** As a worker that starts now. */
  open(): Promise<KeyProvider>;
  /** A newer key, which opens and does not seal yet. */
  addKey(): Promise<void>;
  /** Lets the newest key seal. */
  activate(): Promise<void>;
  close(): Promise<void>;
}

const PLACE: KeyPlace = { table: 'storage_configs', rowId: 'row-1', organizationId: 'org-1' };
const RECORD = {
  rowId: 'row-1',
  organizationId: 'org-1',
  destination: { provider: 'minio', scheme: 'https', host: 's3.example.com', port: 443 },
};

/** What the vault, the audit and rotation need of whoever holds the keys: run it on every provider. */
export function describeKeyProvider(name: string, start: () => Promise<KeyProviderHarness>): void {
  describe(`${name} as a key provider`, () => {
    let harness: KeyProviderHarness;
    let keys: KeyProvider;

    beforeEach(async () => {
      harness = await start();
      keys = await harness.open();
    });
    afterEach(() => harness.close());

    it('unwraps what it wrapped', async () => {
      const dataKey = randomBytes(32);
      expect(await keys.unwrap(await keys.wrap(dataKey, PLACE), PLACE)).toEqual(dataKey);
    });

    it.each<[string, Partial<KeyPlace>]>([
      ['table', { table: 'x' }],
      ['row', { rowId: 'row-2' }],
      ['organization', { organizationId: 'org-2' }],
      ['owner than the platform', { organizationId: null }],
    ])('unwraps nothing in another %s', async (_what, elsewhere) => {
      const wrapped = await keys.wrap(randomBytes(32), PLACE);
      await expect(keys.unwrap(wrapped, { ...PLACE, ...elsewhere })).rejects.toMatchObject({ reason: 'corrupt' });
    });

    it('refuses a blob that was altered or cut at any place', async () => {
      const { kid, blob } = await keys.wrap(randomBytes(32), PLACE);
      const altered = Buffer.from(blob);
      altered[altered.length - 1]! ^= 1;
      for (const bad of [altered, blob.subarray(1), blob.subarray(0, -1), Buffer.alloc(0)]) {
        await expect(keys.unwrap({ kid, blob: bad }, PLACE)).rejects.toMatchObject({ name: 'VaultError' });
      }
    });

    it('names a key that it does not have, and tries no other', async () => {
      const { blob } = await keys.wrap(randomBytes(32), PLACE);
      const missing = { reason: 'unknown_key', kid: 'lost' };
      await expect(keys.unwrap({ kid: 'lost', blob }, PLACE)).rejects.toMatchObject(missing);
      await expect(keys.mac('lost', 'audit', Buffer.from('entry'))).rejects.toMatchObject(missing);
    });

    it('rotates in two steps: first every reader can open with the new key, then it seals', async () => {
      const old = await keys.wrap(randomBytes(32), PLACE);
      await harness.addKey();
      const between = await harness.open();
      expect([between.kids().length, between.activeKid()]).toEqual([2, old.kid]);
      await harness.activate();
      const after = await harness.open();
      const renewed = await after.wrap(randomBytes(32), PLACE);
      expect(renewed.kid).toBe(after.activeKid());
      expect(renewed.kid).not.toBe(old.kid);
      await expect(after.unwrap(old, PLACE)).resolves.toHaveLength(32);
      await expect(between.unwrap(renewed, PLACE)).resolves.toHaveLength(32);
      expect(after.kids().at(-1)).toBe(old.kid);
    });

    it('gives the same keyed hash for the same key, purpose and bytes, and another for any other', async () => {
      const kid = keys.activeKid();
      await harness.addKey();
      const reopened = await harness.open();
      const known = await keys.mac(kid, 'audit', Buffer.from('entry'));
      expect(known).toHaveLength(32);
      expect(await reopened.mac(kid, 'audit', Buffer.from('entry'))).toEqual(known);
      const others = [
        await reopened.mac(kid, 'idempotency', Buffer.from('entry')),
        await reopened.mac(kid, 'audit', Buffer.from('another')),
        await reopened.mac(reopened.kids()[0]!, 'audit', Buffer.from('entry')),
      ];
      expect(new Set([known, ...others].map((mac) => mac.toString('hex'))).size).toBe(4);
    });

    it('is fit for use', async () => {
      await expect(keys.check()).resolves.toBeUndefined();
    });

    it('carries the vault, before and after a rotation', async () => {
      const credentials = { access_key: 'AKIA', secret_key: 'canary' };
      const { ciphertext } = await new Vault(keys).seal(RECORD, credentials);
      await harness.addKey();
      await harness.activate();
      const rotated = new Vault(await harness.open());
      const opened = await rotated.open(RECORD, ciphertext);
      expect(opened).toEqual(credentials);
      const resealed = await rotated.seal(RECORD, opened);
      expect(resealed.kid).not.toBe(rotated.kidOf(ciphertext));
      expect(await rotated.open(RECORD, resealed.ciphertext)).toEqual(credentials);
    });
  });
}
