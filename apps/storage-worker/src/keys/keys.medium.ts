import { randomUUID } from 'node:crypto';
import { generateKeyring, generateWorkerKeys, LocalKeyring } from '@stowage/encryption';
import { createDataSource, migrate } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { KeyCheck } from './key-check.js';
import { Keys } from './keys.js';

describeOnDatabase('the boot check of the keyring', (database) => {
  const keyring = generateKeyring();
  const keys = new Keys(new LocalKeyring(keyring), generateWorkerKeys());

  it('lets a keyring pass that has every key in use, and names those that are missing', async () => {
    await migrate(database.url);
    const dataSource = await createDataSource({ url: database.url, applicationName: 'test' }).initialize();
    const check = () => new KeyCheck(keys, dataSource).onModuleInit();
    const insert = (kid: string) =>
      dataSource.query(
        `INSERT INTO storage_configs (id, name, provider, credentials_ct, credentials_kid, credentials_updated_at)
         VALUES ($1, $2, 'minio', '', $3, now())`,
        [randomUUID(), randomUUID(), kid],
      );
    try {
      await expect(check()).resolves.toBeUndefined();
      await insert(keyring.active);
      await expect(check()).resolves.toBeUndefined();
      await insert('lost-key');
      await insert('lost-key');
      await expect(check()).rejects.toThrow(/lost-key, which seals 2 storage configurations/);
    } finally {
      await dataSource.destroy();
    }
  });
});
