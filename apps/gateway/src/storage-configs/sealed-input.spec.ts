import { StorageInput } from '@stowage/contracts';
import { generateSealingKey, unseal } from '@stowage/encryption';
import { sealInput } from './sealed-input.js';

const input = (fields: Partial<StorageInput>) => Object.assign(new StorageInput(), fields);

describe('sealInput', () => {
  const key = generateSealingKey();

  it('takes every secret out of the config and into the seal', async () => {
    const secrets = { access_key: 'user', secret_key: 'password', private_key: 'PEM', passphrase: 'words' };
    const { config, credentials } = await sealInput(input({ host: 'sftp.example.com', port: 22, ...secrets }), key);
    expect(config).toEqual({ host: 'sftp.example.com', port: 22 });
    await expect(unseal(credentials!, [key])).resolves.toEqual(secrets);
  });

  it.each(['endpoint_url', 'host'] as const)('takes %s along where it names a user', async (field) => {
    const address = { [field]: 'sftp://user@sftp.example.com' };
    const { config, credentials } = await sealInput(input({ ...address, port: 22 }), key);
    expect(config).toEqual({ port: 22 });
    await expect(unseal(credentials!, [key])).resolves.toEqual(address);
  });

  it('seals nothing when there is no secret', async () => {
    await expect(sealInput(input({ bucket: 'b' }), key)).resolves.toEqual({
      config: { bucket: 'b' },
      credentials: null,
    });
  });

  it('keeps null, which clears, apart from left out, which does not', async () => {
    const { config } = await sealInput(input({ region: null, path_prefix: undefined }), key);
    expect(config).toEqual({ region: null });
    expect(Object.keys(config)).toEqual(['region']);
  });
});
