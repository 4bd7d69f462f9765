import { randomUUID } from 'node:crypto';
import { StowageError, TestStorageConfig } from '@stowage/contracts';
import { generateSealingKey, seal, type SealError, Secret, unseal } from '@stowage/encryption';
import type { Keys } from '../keys/keys.js';
import { openInput } from './open-input.js';

describe('openInput', () => {
  const workerKey = generateSealingKey();
  const keys = {
    unseal: async (jwe: string) =>
      new Secret(
        await unseal(jwe, [workerKey]).catch((error: SealError) => {
          throw new StowageError('credentials.unreadable', error.message);
        }),
      ),
  } as Keys;
  const organizationId = randomUUID();
  const config = { provider: 'sftp', host: 'sftp.example.com' };
  const open = async (private_key_sealed: string | undefined, secrets: object = { access_key: 'backup' }) =>
    openInput(keys, TestStorageConfig, {
      organizationId,
      config: { ...config, private_key_sealed },
      credentials: await seal(secrets, workerKey),
    });

  it('puts the private key in the place of the sealed one', async () => {
    const sealed = await seal({ organization_id: organizationId, private_key: 'PEM' }, workerKey);
    const opened = await open(sealed);
    expect(opened).toMatchObject({ ...config, access_key: 'backup', private_key: 'PEM' });
    expect(opened).not.toHaveProperty('private_key_sealed');
  });

  it('leaves a body without one as it is', async () => {
    await expect(open(undefined)).resolves.toMatchObject({ ...config, access_key: 'backup' });
  });

  it.each([
    ['of another organization', { organization_id: randomUUID(), private_key: 'PEM' }, 'another organization'],
    ['of no organization', { private_key: 'PEM' }, 'is not what'],
    ['that is a seal of credentials', { access_key: 'backup', private_key: 'PEM' }, 'is not what'],
    ['that holds more', { organization_id: organizationId, private_key: 'PEM', host: 'x' }, 'is not what'],
    ['that holds no text', { organization_id: organizationId, private_key: 7 }, 'is not what'],
  ])('refuses a key %s', async (_what, content, words) => {
    await expect(open(await seal(content, workerKey))).rejects.toMatchObject({
      code: 'credentials.unreadable',
      detail: expect.stringContaining(words),
      errors: [expect.objectContaining({ field: 'private_key_sealed' })],
    });
  });

  it('refuses a key that was sealed to somebody else', async () => {
    const foreign = await seal({ organization_id: organizationId, private_key: 'PEM' }, generateSealingKey());
    await expect(open(foreign)).rejects.toMatchObject({ code: 'credentials.unreadable' });
  });

  it('refuses a sealed key in the place of the credentials', async () => {
    const sealed = { organization_id: organizationId, private_key: 'PEM' };
    await expect(open(undefined, sealed)).rejects.toMatchObject({ code: 'credentials.unreadable' });
  });

  it('refuses two keys', async () => {
    const sealed = await seal({ organization_id: organizationId, private_key: 'PEM' }, workerKey);
    await expect(open(sealed, { access_key: 'backup', private_key: 'other' })).rejects.toMatchObject({
      detail: expect.stringContaining('second key'),
    });
  });
});
