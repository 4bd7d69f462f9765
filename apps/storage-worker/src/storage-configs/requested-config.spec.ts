import { CreateStorageConfig, StowageError } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { readRequested } from './requested-config.js';

const FIELDS = { name: 'Nightly', provider: 'minio', bucket: 'backups' };

describe('readRequested', () => {
  it('joins the fields and the unsealed secrets to the body that REST took', () => {
    const requested = readRequested(CreateStorageConfig, FIELDS, new Secret({ access_key: 'a', secret_key: 's' }));
    expect(requested).toBeInstanceOf(CreateStorageConfig);
    expect(requested).toMatchObject({ ...FIELDS, access_key: 'a', secret_key: 's' });
  });

  it('refuses unknown fields and bad shapes, and never repeats a value', () => {
    const bad = { ...FIELDS, name: '', organization_id: 'x', port: 'canary' };
    const error = refusalOf(() => readRequested(CreateStorageConfig, bad, null));
    expect(error.errors?.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['name', 'port', 'organization_id']),
    );
    expect(JSON.stringify(error.errors)).not.toContain('canary');
  });

  it('refuses sealed objects that hold more than secrets: they would overrule the fields', () => {
    const error = refusalOf(() => readRequested(CreateStorageConfig, FIELDS, new Secret({ bucket: 'other' })));
    expect(error.code).toBe('credentials.unreadable');
  });

  it('takes a sealed address, as it may name a user, unless there is one in clear', () => {
    const sealed = new Secret({ host: 'user@files.example.com' });
    const sftp = { name: 'Nightly', provider: 'sftp' };
    expect(readRequested(CreateStorageConfig, sftp, sealed)).toMatchObject({ host: 'user@files.example.com' });
    const error = refusalOf(() => readRequested(CreateStorageConfig, { ...sftp, host: 'other' }, sealed));
    expect(error.code).toBe('credentials.unreadable');
  });

  it('refuses what is no object', () => {
    for (const fields of [null, 'x', [FIELDS]]) {
      expect(refusalOf(() => readRequested(CreateStorageConfig, fields, null)).code).toBe('request.validation');
    }
    expect(refusalOf(() => readRequested(CreateStorageConfig, FIELDS, new Secret('text'))).code).toBe(
      'credentials.unreadable',
    );
  });
});

function refusalOf(read: () => unknown): StowageError {
  try {
    read();
  } catch (error) {
    if (error instanceof StowageError) return error;
    throw error;
  }
  throw new Error('It was not refused');
}
