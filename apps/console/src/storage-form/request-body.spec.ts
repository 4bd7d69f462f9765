import type { ProviderField, StorageConfig, StorageProvider } from '../api/types.js';
import { changeBody, createBody, emptyValues, hasCredentials, storedValues } from './request-body.js';

const field = (name: string, extra: Partial<ProviderField> = {}): ProviderField => ({
  name,
  label: name,
  help: '',
  kind: 'text',
  required: false,
  secret: false,
  ...extra,
});

const SFTP = {
  provider: 'sftp',
  fields: [
    field('host', { required: true }),
    field('port', { kind: 'number', default: 22 }),
    field('access_key', { kind: 'secret', secret: true, required: true }),
    field('secret_key', { kind: 'secret', secret: true }),
    field('private_key', { kind: 'multiline_secret', secret: true }),
    field('path_prefix'),
  ],
} as StorageProvider;
const R2 = {
  provider: 'cloudflare_r2',
  fields: [field('bucket'), field('jurisdiction', { kind: 'choice', default: 'default' })],
} as StorageProvider;
const config = { name: 'NAS', host: 'nas', port: 2222, path_prefix: 'x/', is_default: false } as StorageConfig;

describe('createBody', () => {
  it('leaves out what is empty, and trims all but secrets', () => {
    const values = { ...emptyValues(SFTP, true), name: ' NAS ', host: ' nas ', secret_key: ' pass ' };
    expect(createBody(SFTP, values)).toEqual({
      provider: 'sftp',
      name: 'NAS',
      host: 'nas',
      secret_key: ' pass ',
      is_default: true,
      host_key_policy: 'strict',
    });
  });

  it('sends numbers as numbers, and what is none as it was typed', () => {
    expect(createBody(SFTP, { ...emptyValues(SFTP, false), port: '2222' })).toMatchObject({ port: 2222 });
    expect(createBody(SFTP, { ...emptyValues(SFTP, false), port: 'ssh' })).toMatchObject({ port: 'ssh' });
  });

  it('asks for a strict host key of SFTP alone, and begins with the default of a choice', () => {
    const body = createBody(R2, emptyValues(R2, false));
    expect(body).toEqual({ provider: 'cloudflare_r2', jurisdiction: 'default', is_default: false });
  });
});

describe('changeBody', () => {
  it('is empty when nothing was changed', () => {
    expect(changeBody(SFTP, storedValues(SFTP, config), config)).toEqual({});
  });

  it('holds what was changed, null for what was emptied, and secrets that were given', () => {
    const values = { ...storedValues(SFTP, config), name: 'New', path_prefix: '', secret_key: 's' };
    expect(changeBody(SFTP, values, config)).toEqual({
      name: 'New',
      path_prefix: null,
      secret_key: 's',
    });
  });

  it('asks for a strict host key where another server is named', () => {
    const body = changeBody(SFTP, { ...storedValues(SFTP, config), host: 'other' }, config);
    expect(body).toEqual({ host: 'other', host_key_policy: 'strict' });
  });
});

describe('hasCredentials', () => {
  const values = emptyValues(SFTP, false);

  it('wants the user and one way to prove it', () => {
    expect(hasCredentials(SFTP, { ...values, access_key: 'ann' })).toBe(false);
    expect(hasCredentials(SFTP, { ...values, secret_key: 's' })).toBe(false);
    expect(hasCredentials(SFTP, { ...values, access_key: 'ann', private_key: 'key' })).toBe(true);
  });
});
