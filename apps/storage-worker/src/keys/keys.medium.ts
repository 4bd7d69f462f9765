import { randomBytes, randomUUID } from 'node:crypto';
import { generateKeyring, type KeyringFile, LocalKeyring, Vault, withNewKey } from '@stowage/encryption';
import { createDataSource, migrate } from '@stowage/entities';
import type { DataSource } from 'typeorm';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { recordIdentity } from '../storage-configs/record-identity.js';
import { storeConfig } from '../testing/store-config.js';
import { checkKeys } from './check-keys.js';

describeOnDatabase('the boot check of the keyring', (database) => {
  let dataSource: DataSource;
  let keyring: KeyringFile;

  beforeAll(async () => {
    await migrate(database.url);
    dataSource = await createDataSource({ url: database.url, as: 'worker', applicationName: 'test' }).initialize();
  });
  afterAll(() => dataSource?.destroy());
  beforeEach(async () => {
    await dataSource.query('DELETE FROM storage_configs');
    keyring = generateKeyring();
  });

  const check = (ring = keyring) => checkKeys(new LocalKeyring(ring), dataSource);

  async function store(ring = keyring, changed: { host?: string } = {}): Promise<void> {
    const row = { id: randomUUID(), organizationId: randomUUID(), provider: 'sftp', host: 'sftp.example.com' } as const;
    const address = { port: 22, endpointUrl: null, tls: null };
    const sealed = await new Vault(new LocalKeyring(ring)).seal(recordIdentity({ ...row, ...address }), {
      secret_key: 's',
    });
    await storeConfig(dataSource, {
      ...row,
      ...address,
      ...changed,
      credentialsCt: sealed.ciphertext,
      credentialsKid: sealed.kid,
    });
  }

  it('passes on an empty database, and with every key that is in use', async () => {
    await expect(check()).resolves.toBeUndefined();
    await store();
    await store(withNewKey(keyring));
    await expect(check()).resolves.toBeUndefined();
  });

  it('names a key that was removed too early, with how many configurations it seals', async () => {
    const old = generateKeyring();
    await store(old);
    await store(old);
    await store();
    await expect(check()).rejects.toThrow(`${old.active}, which seals 2 storage configurations`);
  });

  it('comes up without a key that is known to be lost, its records in quarantine', async () => {
    await store(generateKeyring());
    await dataSource.query('UPDATE storage_configs SET credentials_quarantined_at = now()');
    await expect(check()).resolves.toBeUndefined();
  });

  it('knows another key under the same kid, also before it has sealed anything', async () => {
    await check();
    const impostor = { ...keyring, keys: [{ kid: keyring.active, key: randomBytes(32).toString('base64url') }] };
    const refused = check(impostor);
    await expect(refused).rejects.toThrow(`key ${keyring.active} is not the key that this database knows`);
    await expect(refused).rejects.not.toThrow(impostor.keys[0]!.key);
  });

  it('does not come up where no record opens: another database, or another address in every row', async () => {
    await store(keyring, { host: 'evil.example.com' });
    await expect(check()).rejects.toThrow(`none of 1 of the 1 configurations that key ${keyring.active} seals opens`);
  });

  it('comes up where one record is broken and others open, or where the broken are in quarantine', async () => {
    await store(keyring, { host: 'evil.example.com' });
    await dataSource.query('UPDATE storage_configs SET credentials_quarantined_at = now()');
    await expect(check()).resolves.toBeUndefined();
    await store(keyring, { host: 'evil.example.com' });
    await store();
    await expect(check()).resolves.toBeUndefined();
  });
});
