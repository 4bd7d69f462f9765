import { Secret } from '@stowage/encryption';
import { accessKeyHint, mergeCredentials } from './credentials.js';

describe('accessKeyHint', () => {
  it.each([
    ['aws_s3', 'AKIDEXAMPLE0', 'PLE0'],
    ['minio', 'short-key-1', null],
    ['sftp', 'a-long-user-name', null],
    ['ftp', 'a-long-user-name', null],
  ] as const)('of %s %s is %s', (provider, accessKey, hint) => {
    expect(accessKeyHint(provider, accessKey)).toBe(hint);
  });
});

describe('mergeCredentials', () => {
  const stored = new Secret({ access_key: 'user', private_key: 'old key', passphrase: 'old passphrase' });

  it('keeps what is not given', () => {
    expect(mergeCredentials(stored, { passphrase: 'new' }).reveal()).toEqual({
      access_key: 'user',
      private_key: 'old key',
      passphrase: 'new',
    });
  });

  it("does not keep the old private key's passphrase with a new private key", () => {
    expect(mergeCredentials(stored, { private_key: 'new key' }).reveal()).toEqual({
      access_key: 'user',
      private_key: 'new key',
    });
  });
});
