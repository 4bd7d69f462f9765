import { type Provider, StowageError, TestStorageConfig, UpdateStorageConfig } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { checkFields, type FieldInput } from '@stowage/providers';
import { readRequested } from './requested-config.js';

const INPUTS: [Provider, Record<string, string>][] = [
  ['minio', { bucket: 'backups', endpoint_url: 'https://minio.example.com', region: 'eu', path_prefix: 'a/b' }],
  ['aws_s3', { bucket: 'backups', region: 'eu-west-1', path_prefix: 'a/b', storage_class: 'STANDARD' }],
  ['cloudflare_r2', { bucket: 'backups', account_id: 'a'.repeat(32), path_prefix: 'a/b' }],
  ['sftp', { bucket: '/srv/backups', host: 'files.example.com', path_prefix: 'a/b' }],
  ['ftp', { bucket: '/srv/backups', host: 'files.example.com', path_prefix: 'a/b' }],
];
const SECRETS = { access_key: 'AKIDEXAMPLE', secret_key: 'wJalrXUtnFEMI' };
const HIDDEN = ['\r\nDELE kept', '\nDELE kept', '\rDELE kept', '\u0000', '\u0085DELE kept', '\u001b[31m'];

/** What a worker does with the body of a request before anything is dialled or stored. */
function accept(provider: Provider, config: object, secrets: object): void {
  checkFields(provider, readRequested(TestStorageConfig, { provider, ...config }, new Secret(secrets)) as FieldInput);
}

function refusal(act: () => void): StowageError {
  try {
    act();
  } catch (error) {
    if (error instanceof StowageError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe.each(INPUTS)('a configuration of %s', (provider, fields) => {
  it('is taken as it is', () => {
    expect(() => accept(provider, fields, SECRETS)).not.toThrow();
  });

  it.each(Object.keys(fields))('is refused with a control character in %s, which is named', (field) => {
    for (const hidden of HIDDEN) {
      for (const value of [`${fields[field]}${hidden}`, `${hidden}${fields[field]}`]) {
        const { code, errors } = refusal(() => accept(provider, { ...fields, [field]: value }, SECRETS));
        expect([code, errors?.map((error) => error.field)]).toEqual(['request.validation', [field]]);
      }
    }
  });

  it.each(Object.keys(SECRETS))('is refused with a control character within %s', (field) => {
    for (const hidden of HIDDEN) {
      const secrets = { ...SECRETS, [field]: `before${hidden}after` };
      const { code, errors } = refusal(() => accept(provider, fields, secrets));
      expect([code, errors?.map((error) => error.field)]).toEqual(['request.validation', [field]]);
    }
  });
});

it('a name is refused with a control character', () => {
  for (const hidden of HIDDEN) {
    const { errors } = refusal(() => void readRequested(UpdateStorageConfig, { name: `a${hidden}b` }, null));
    expect(errors?.map(({ field }) => field)).toEqual(['name']);
  }
});
