import { generateKeyPairSync } from 'node:crypto';
import { PROVIDERS, StowageError } from '@stowage/contracts';
import { checkFields, type FieldInput } from './check-fields.js';
import { DESCRIPTIONS } from './descriptions.js';
import { type CheckedFields, NO_FIELDS } from './field-check.js';
import { resolveLocation } from './resolve-location.js';

const KEYS = { access_key: 'AKEXAMPLE', secret_key: 'secret' };
const ACCOUNT = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

const INPUTS: Record<(typeof PROVIDERS)[number], FieldInput> = {
  aws_s3: { bucket: 'backups', ...KEYS },
  cloudflare_r2: { bucket: 'backups', account_id: ACCOUNT, ...KEYS },
  backblaze_b2: { bucket: 'backups', endpoint_url: 's3.us-west-004.backblazeb2.com', ...KEYS },
  minio: { bucket: 'backups', endpoint_url: 'http://minio.example.com:9000', ...KEYS },
  sftp: { host: 'files.example.com', ...KEYS },
  ftp: { host: 'files.example.com', ...KEYS },
};

const refusal = (run: () => unknown): StowageError => {
  try {
    run();
  } catch (error) {
    if (error instanceof StowageError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('the fields of a storage', () => {
  it.each(PROVIDERS)('%s is taken with what it requires alone', (provider) => {
    expect(checkFields(provider, INPUTS[provider])).toMatchObject({ credentials: KEYS, destinationChanged: false });
  });

  it.each(PROVIDERS)('%s says each required field that is missing, all at once', (provider) => {
    const { code, errors = [] } = refusal(() => checkFields(provider, {}));
    expect(code).toBe('request.validation');
    const required = DESCRIPTIONS[provider].fields.filter((field) => field.required);
    expect(errors.map(({ field }) => field)).toEqual(expect.arrayContaining(required.map(({ name }) => name)));
  });

  it('says the documented sentence when the account id is missing', () => {
    const { status, detail } = refusal(() =>
      checkFields('cloudflare_r2', { ...INPUTS.cloudflare_r2, account_id: undefined }),
    );
    expect([status, detail]).toEqual([422, 'Account ID is required for Cloudflare R2']);
  });

  it.each(PROVIDERS)('%s refuses a field that only others have', (provider) => {
    const foreign = provider === 'ftp' ? { private_key: 'x' } : { tls: 'explicit' as const };
    const { errors } = refusal(() => checkFields(provider, { ...INPUTS[provider], ...foreign }));
    expect(errors?.[0]).toMatchObject({ code: 'config.foreign_field', field: Object.keys(foreign)[0] });
  });

  it('takes null for a field that the provider does not have, as a client sends back what it read', () => {
    expect(() => checkFields('aws_s3', { ...INPUTS.aws_s3, host: null, port: null, tls: null })).not.toThrow();
  });
});

describe('the endpoints of the vendors', () => {
  it.each<[(typeof PROVIDERS)[number], FieldInput, Partial<CheckedFields>]>([
    ['aws_s3', {}, { region: 'us-east-1', endpoint_url: null }],
    ['aws_s3', { endpoint_url: 'https://s3.eu-west-1.amazonaws.com' }, { region: 'eu-west-1', endpoint_url: null }],
    [
      'aws_s3',
      { bucket: undefined, endpoint_url: 'https://pasted.s3.eu-west-1.amazonaws.com' },
      { bucket: 'pasted', region: 'eu-west-1' },
    ],
    ['aws_s3', { bucket: undefined, endpoint_url: 'https://s3.eu-west-1.amazonaws.com/pasted' }, { bucket: 'pasted' }],
    ['cloudflare_r2', {}, { region: 'auto', endpoint_url: null, account_id: ACCOUNT, jurisdiction: null }],
    [
      'cloudflare_r2',
      { account_id: undefined, endpoint_url: `https://${ACCOUNT}.eu.r2.cloudflarestorage.com` },
      { account_id: ACCOUNT, jurisdiction: 'eu', endpoint_url: null },
    ],
    ['backblaze_b2', {}, { region: 'us-west-004', endpoint_url: 'https://s3.us-west-004.backblazeb2.com' }],
    [
      'backblaze_b2',
      { endpoint_url: undefined, region: 'eu-central-003' },
      { endpoint_url: 'https://s3.eu-central-003.backblazeb2.com' },
    ],
    ['minio', { endpoint_url: 'HTTPS://MinIO.example.com:443/' }, { endpoint_url: 'https://minio.example.com' }],
  ])('%s with %j', (provider, more, fields) => {
    expect(checkFields(provider, { ...INPUTS[provider], ...more }).fields).toMatchObject(fields);
  });

  it.each(['aws_s3', 'cloudflare_r2', 'backblaze_b2'] as const)(
    '%s takes no other host than the vendor’s',
    (provider) => {
      for (const endpoint_url of [
        'https://minio.example.com',
        'https://s3.eu-west-1.amazonaws.com.evil.example',
        'http://127.0.0.1:9000',
      ]) {
        const { code, status, detail } = refusal(() => checkFields(provider, { ...INPUTS[provider], endpoint_url }));
        expect([code, status]).toEqual(['endpoint.not_vendor', 422]);
        expect(detail).toContain('choose MinIO');
      }
    },
  );

  it('refuses a field that contradicts the pasted endpoint', () => {
    const input = { ...INPUTS.aws_s3, region: 'us-east-1', endpoint_url: 'https://s3.eu-west-1.amazonaws.com' };
    expect(refusal(() => checkFields('aws_s3', input)).errors).toEqual([expect.objectContaining({ field: 'region' })]);
  });

  it.each(['169', 'x.evil', 'us-east-1@evil', 'EU-WEST-1', 'a'.repeat(64)])('refuses the AWS region %s', (region) => {
    expect(refusal(() => checkFields('aws_s3', { ...INPUTS.aws_s3, region })).errors?.[0]).toMatchObject({
      field: 'region',
    });
  });

  it.each(['evil.com/', 'a'.repeat(31), 'a'.repeat(33), 'g'.repeat(32)])('refuses the account id %s', (account_id) => {
    expect(refusal(() => checkFields('cloudflare_r2', { ...INPUTS.cloudflare_r2, account_id })).errors).toEqual([
      expect.objectContaining({ field: 'account_id', code: 'config.account_id' }),
    ]);
  });

  it.each(['arn:aws:s3:::b', 'a..b', '192.168.0.1', 'my--x-s3', 'Upper', 'a/b', '..', 'ab', 'under_score'])(
    'refuses the bucket %s',
    (bucket) => {
      expect(refusal(() => checkFields('aws_s3', { ...INPUTS.aws_s3, bucket })).errors?.[0]).toMatchObject({
        field: 'bucket',
      });
    },
  );

  it('says how to mend an endpoint that holds a path which is not the bucket', () => {
    const input = { ...INPUTS.minio, endpoint_url: 'https://minio.example.com/storage' };
    expect(() => checkFields('minio', input)).toThrow('must not contain a path: use https://minio.example.com');
  });

  it('refuses classes that cannot be read back at once, with that reason', () => {
    expect(() => checkFields('aws_s3', { ...INPUTS.aws_s3, storage_class: 'DEEP_ARCHIVE' })).toThrow(
      /cannot be read back at once/,
    );
    expect(() => checkFields('aws_s3', { ...INPUTS.aws_s3, storage_class: 'COLD' })).toThrow(/must be one of/);
    expect(checkFields('aws_s3', { ...INPUTS.aws_s3, storage_class: 'GLACIER_IR' }).fields.storage_class).toBe(
      'GLACIER_IR',
    );
  });
});

describe('an address that was copied from somewhere', () => {
  const dashboard = `https://dash.cloudflare.com/${ACCOUNT}/r2`;
  const place = { bucket: undefined, endpoint_url: undefined, region: undefined };

  it.each<[(typeof PROVIDERS)[number], FieldInput, Partial<CheckedFields>]>([
    [
      'cloudflare_r2',
      { account_id: undefined, endpoint_url: `${dashboard}/eu/buckets/pasted/objects?prefix=odoo%2F` },
      { account_id: ACCOUNT, jurisdiction: 'eu', bucket: 'pasted', path_prefix: 'odoo/' },
    ],
    [
      'cloudflare_r2',
      { account_id: undefined, endpoint_url: `${dashboard}/default/buckets/pasted` },
      { account_id: ACCOUNT, jurisdiction: null, bucket: 'pasted' },
    ],
    ['cloudflare_r2', { endpoint_url: `https://${ACCOUNT}.r2.cloudflarestorage.com/pasted` }, { bucket: 'pasted' }],
    [
      'aws_s3',
      { endpoint_url: 'https://eu-west-1.console.aws.amazon.com/s3/buckets/pasted?region=eu-west-1&prefix=a/b/' },
      { region: 'eu-west-1', bucket: 'pasted', path_prefix: 'a/b/' },
    ],
    [
      'aws_s3',
      { endpoint_url: 'https://s3.console.aws.amazon.com/s3/buckets/pasted?region=eu-west-1&tab=objects' },
      { region: 'eu-west-1', bucket: 'pasted' },
    ],
    ['aws_s3', { endpoint_url: 's3://pasted/a/b' }, { region: 'us-east-1', bucket: 'pasted', path_prefix: 'a/b/' }],
    [
      'backblaze_b2',
      { endpoint_url: 'https://s3.us-west-004.backblazeb2.com/pasted/a/' },
      { region: 'us-west-004', bucket: 'pasted', path_prefix: 'a/' },
    ],
    [
      'minio',
      { endpoint_url: 'https://minio.example.com/pasted/a/' },
      { endpoint_url: 'https://minio.example.com', bucket: 'pasted', path_prefix: 'a/' },
    ],
    [
      'minio',
      { bucket: 'backups', endpoint_url: 'http://minio.example.com:9001/browser/backups' },
      { endpoint_url: 'http://minio.example.com:9001', bucket: 'backups' },
    ],
    [
      'minio',
      { bucket: 'backups', endpoint_url: 'minio.example.com:9000/' },
      { endpoint_url: 'https://minio.example.com:9000' },
    ],
  ])('%s with %j is read, and what was taken from it is said', (provider, more, fields) => {
    const checked = checkFields(provider, { ...INPUTS[provider], ...place, ...more });
    expect(checked.fields).toMatchObject(fields);
    expect(checked.warnings.length).toBeGreaterThan(0);
  });

  it('never says another path prefix than the request', () => {
    const input = { ...INPUTS.aws_s3, bucket: undefined, path_prefix: 'mine/', endpoint_url: 's3://pasted/a/b' };
    expect(checkFields('aws_s3', input).fields).toMatchObject({ bucket: 'pasted', path_prefix: 'mine/' });
  });

  it.each<[(typeof PROVIDERS)[number], string]>([
    ['aws_s3', `${dashboard}/default/buckets/pasted`],
    ['cloudflare_r2', 'https://s3.console.aws.amazon.com/s3/buckets/pasted?region=eu-west-1'],
    ['minio', 'https://s3.console.aws.amazon.com/s3/buckets/pasted?region=eu-west-1'],
    ['backblaze_b2', `${dashboard}/default/buckets/pasted`],
  ])('%s refuses the console of another vendor: %s', (provider, endpoint_url) => {
    expect(refusal(() => checkFields(provider, { ...INPUTS[provider], ...place, endpoint_url })).errors).toContainEqual(
      expect.objectContaining({ field: 'endpoint_url', code: 'endpoint.not_vendor' }),
    );
  });

  it.each(['minio', 'backblaze_b2'] as const)('%s still needs an endpoint when only s3:// was pasted', (provider) => {
    const input = { ...INPUTS[provider], ...place, endpoint_url: 's3://pasted/a' };
    expect(refusal(() => checkFields(provider, input)).errors).toEqual([
      expect.objectContaining({ field: 'endpoint_url', code: 'config.required' }),
    ]);
  });
});

describe('keys that do not belong where they are', () => {
  const AWS = { access_key: `AKIA${'A2'.repeat(8)}`, secret_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const R2 = { access_key: '0123456789abcdef'.repeat(2), secret_key: '0123456789abcdef'.repeat(4) };
  const B2 = { access_key: `004${'a1'.repeat(11)}`, secret_key: `K004${'aB3/+x9'.repeat(4).slice(0, 27)}` };
  const FAMILIES = { aws_s3: AWS, cloudflare_r2: R2, backblaze_b2: B2 };
  type Family = keyof typeof FAMILIES;
  const families = Object.keys(FAMILIES) as Family[];

  it.each(families)('of %s are taken by their own vendor and by any other S3 service', (family) => {
    expect(() => checkFields(family, { ...INPUTS[family], ...FAMILIES[family] })).not.toThrow();
    expect(() => checkFields('minio', { ...INPUTS.minio, ...FAMILIES[family] })).not.toThrow();
  });

  it.each(families)('of %s are told where they were swapped', (family) => {
    const { access_key, secret_key } = FAMILIES[family];
    const swapped = { access_key: secret_key, secret_key: access_key };
    const error = refusal(() => checkFields(family, { ...INPUTS[family], ...swapped }));
    expect(error.errors).toEqual([expect.objectContaining({ field: 'access_key', code: 'credentials.swapped' })]);
    expect(JSON.stringify(error)).not.toContain(secret_key);
  });

  it.each(families.flatMap((own) => families.filter((other) => other !== own).map((other) => [own, other] as const)))(
    'of another vendor are refused by %s: those of %s',
    (own, other) => {
      expect(refusal(() => checkFields(own, { ...INPUTS[own], ...FAMILIES[other] })).errors).toEqual([
        expect.objectContaining({ field: 'access_key', code: 'credentials.other_vendor' }),
      ]);
    },
  );

  it.each<[Family, string, string]>([
    ['aws_s3', `ASIA${'A2'.repeat(8)}`, 'credentials.temporary'],
    ['backblaze_b2', 'a1b2c3d4e5f6', 'credentials.master_key'],
  ])('%s refuses %s, which can never work', (provider, access_key, code) => {
    const input = { ...INPUTS[provider], access_key, secret_key: AWS.secret_key };
    expect(refusal(() => checkFields(provider, input)).errors).toEqual([
      expect.objectContaining({ field: 'access_key', code }),
    ]);
  });
});

describe('the addresses of SFTP and FTP', () => {
  it.each<['sftp' | 'ftp', FieldInput, Partial<CheckedFields>]>([
    ['sftp', {}, { host: 'files.example.com', port: 22 }],
    [
      'sftp',
      { host: undefined, endpoint_url: 'sftp://Files.example.com:2222' },
      { host: 'files.example.com', port: 2222, endpoint_url: null },
    ],
    ['ftp', {}, { port: 21, tls: null }],
    ['ftp', { tls: 'implicit' }, { port: 990 }],
    ['ftp', { port: 990 }, { tls: 'implicit' }],
    ['ftp', { host: undefined, endpoint_url: 'ftps://files.example.com' }, { port: 21, tls: 'explicit' }],
    ['ftp', { host: undefined, endpoint_url: 'ftps://files.example.com:990' }, { port: 990, tls: 'implicit' }],
  ])('%s with %j', (provider, more, fields) => {
    expect(checkFields(provider, { ...INPUTS[provider], ...more }).fields).toMatchObject(fields);
  });

  it('asks for a password or a private key', () => {
    const { detail } = refusal(() => checkFields('sftp', { host: 'files.example.com', access_key: 'user' }));
    expect(detail).toMatch(/ or Private Key is required for SFTP$/);
  });

  it('says what to do about a private key that cannot be used', () => {
    const putty = { ...INPUTS.sftp, private_key: 'PuTTY-User-Key-File-3: ssh-ed25519' };
    expect(refusal(() => checkFields('sftp', putty)).errors).toEqual([
      { field: 'private_key', code: 'ssh.key_format', message: expect.stringContaining('puttygen') as string },
    ]);
  });

  it('asks for the passphrase of an encrypted private key, unless one may be stored', () => {
    const { privateKey: private_key } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' },
    });
    expect(refusal(() => checkFields('sftp', { ...INPUTS.sftp, private_key })).errors).toEqual([
      {
        field: 'passphrase',
        code: 'ssh.key_passphrase_missing',
        message: 'The private key is encrypted. Fill in passphrase.',
      },
    ]);
    expect(() => checkFields('sftp', { ...INPUTS.sftp, private_key, passphrase: 'correct horse' })).not.toThrow();
    const { fields: stored } = checkFields('sftp', INPUTS.sftp);
    expect(() => checkFields('sftp', { private_key }, { stored })).not.toThrow();
  });

  it('refuses a base directory that climbs', () => {
    expect(() => checkFields('sftp', { ...INPUTS.sftp, bucket: '../other' })).toThrow(/bucket must not contain/);
    expect(checkFields('sftp', { ...INPUTS.sftp, bucket: '/srv//backups/' }).fields.bucket).toBe('/srv/backups');
  });
});

describe('what is put right', () => {
  it.each([
    ['backups', 'backups/'],
    ['/a//b/', 'a/b/'],
    ['/', null],
    ['backups/', 'backups/'],
  ])('the path prefix %s becomes %s', (path_prefix, kept) => {
    const { fields, warnings } = checkFields('aws_s3', { ...INPUTS.aws_s3, path_prefix });
    expect(fields.path_prefix).toBe(kept);
    expect(warnings).toHaveLength(path_prefix === kept ? 0 : 1);
  });

  it.each(['a/../b', 'a\\b', 'x'.repeat(600)])('the path prefix %s is refused', (path_prefix) => {
    expect(refusal(() => checkFields('aws_s3', { ...INPUTS.aws_s3, path_prefix })).errors?.[0]).toMatchObject({
      field: 'path_prefix',
    });
  });

  it('S3 keys lose the blanks around them, and that is said', () => {
    const { credentials, warnings } = checkFields('aws_s3', { ...INPUTS.aws_s3, secret_key: ' secret\n' });
    expect(credentials.secret_key).toBe('secret');
    expect(warnings).toEqual([{ code: 'credentials.trimmed', message: 'secret_key: blanks around it were removed' }]);
  });

  it('a password keeps its blanks and loses only line ends', () => {
    expect(checkFields('ftp', { ...INPUTS.ftp, secret_key: ' pass word \r\n' }).credentials.secret_key).toBe(
      ' pass word ',
    );
  });

  it('a secret in the middle of which something else stands is refused, and not shown', () => {
    const error = refusal(() => checkFields('ftp', { ...INPUTS.ftp, secret_key: 'hunter2\r\nDELE x' }));
    expect(error.errors?.[0]).toMatchObject({ field: 'secret_key', code: 'credentials.characters' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('a secret of nothing but blanks is missing', () => {
    expect(() => checkFields('aws_s3', { ...INPUTS.aws_s3, secret_key: '  ' })).toThrow(
      'Secret Key is required for AWS S3',
    );
  });

  it('a CA certificate that is none, or that holds a private key, is refused', () => {
    for (const ca_certificate of [
      'hello',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      '-----BEGIN PRIVATE KEY-----',
    ]) {
      const { errors } = refusal(() => checkFields('minio', { ...INPUTS.minio, ca_certificate }));
      expect(errors?.[0]).toMatchObject({ field: 'ca_certificate' });
    }
  });
});

describe('a change of what is stored', () => {
  const stored = (provider: (typeof PROVIDERS)[number]) => checkFields(provider, INPUTS[provider]).fields;

  it.each(PROVIDERS)('%s with nothing changed needs no credentials and stays the same', (provider) => {
    const before = stored(provider);
    expect(checkFields(provider, {}, { stored: before })).toEqual({
      fields: before,
      credentials: {},
      warnings: [],
      destinationChanged: false,
    });
  });

  it.each<[(typeof PROVIDERS)[number], FieldInput]>([
    ['minio', { endpoint_url: 'https://minio.example.com:9000' }],
    ['minio', { endpoint_url: 'http://other.example.com:9000' }],
    ['sftp', { host: 'other.example.com' }],
    ['sftp', { port: 2222 }],
    ['ftp', { tls: 'none' }],
  ])('%s with another address (%j) needs all credentials again', (provider, change) => {
    const error = refusal(() => checkFields(provider, change, { stored: stored(provider) }));
    expect([error.code, error.status]).toEqual(['credentials.required', 422]);
    expect(() => checkFields(provider, { ...change, access_key: 'u' }, { stored: stored(provider) })).toThrow(
      'is needed again',
    );
    expect(checkFields(provider, { ...change, ...KEYS }, { stored: stored(provider) }).destinationChanged).toBe(true);
  });

  it('a pinned host key changes only with all credentials, a first one without', () => {
    const first = { ...stored('sftp'), host_key_sha256: null };
    const pin = { host_key_sha256: `SHA256:${'A'.repeat(43)}` };
    expect(checkFields('sftp', pin, { stored: first }).destinationChanged).toBe(false);
    const pinned = { ...first, host_key_sha256: `SHA256:${'B'.repeat(43)}` };
    expect(refusal(() => checkFields('sftp', pin, { stored: pinned })).code).toBe('credentials.required');
    expect(refusal(() => checkFields('sftp', { host_key_sha256: null }, { stored: pinned })).code).toBe(
      'credentials.required',
    );
  });

  it('a vendor’s region, jurisdiction and account change without credentials', () => {
    expect(checkFields('aws_s3', { region: 'eu-west-1' }, { stored: stored('aws_s3') }).fields.region).toBe(
      'eu-west-1',
    );
    expect(
      checkFields('cloudflare_r2', { jurisdiction: 'eu' }, { stored: stored('cloudflare_r2') }).fields.jurisdiction,
    ).toBe('eu');
    expect(
      checkFields('backblaze_b2', { region: 'eu-central-003' }, { stored: stored('backblaze_b2') }).fields.endpoint_url,
    ).toBe('https://s3.eu-central-003.backblazeb2.com');
  });

  it('null clears an optional field, and a required one is then missing', () => {
    const before = { ...stored('aws_s3'), path_prefix: 'a/' };
    expect(checkFields('aws_s3', { path_prefix: null }, { stored: before }).fields.path_prefix).toBeNull();
    expect(() => checkFields('aws_s3', { bucket: null }, { stored: before })).toThrow(
      'Bucket Name is required for AWS S3',
    );
  });
});

describe('a resolved location', () => {
  const resolve = (provider: (typeof PROVIDERS)[number], fields: Partial<CheckedFields>, options = {}) =>
    resolveLocation({ ...NO_FIELDS, organization_id: null, provider, bucket: 'backups', ...fields }, options);

  it.each<[(typeof PROVIDERS)[number], Partial<CheckedFields>, string | null]>([
    ['aws_s3', { region: 'eu-west-1' }, 'https://s3.eu-west-1.amazonaws.com'],
    ['aws_s3', { region: 'cn-north-1' }, 'https://s3.cn-north-1.amazonaws.com.cn'],
    ['aws_s3', { region: 'us-gov-west-1' }, 'https://s3.us-gov-west-1.amazonaws.com'],
    ['aws_s3', { region: 'eusc-de-east-1' }, 'https://s3.eusc-de-east-1.amazonaws.eu'],
    ['cloudflare_r2', { account_id: ACCOUNT, region: 'auto' }, `https://${ACCOUNT}.r2.cloudflarestorage.com`],
    ['cloudflare_r2', { account_id: ACCOUNT, jurisdiction: 'eu' }, `https://${ACCOUNT}.eu.r2.cloudflarestorage.com`],
    ['sftp', { host: 'h' }, null],
  ])('of %s with %j is at %s', (provider, fields, endpoint) => {
    expect(resolve(provider, fields).endpoint_url).toBe(endpoint);
  });

  it('leaves TLS of buckets with dots intact', () => {
    expect(resolve('aws_s3', { region: 'eu-west-1' }).addressing).toBe('virtual');
    expect(resolve('aws_s3', { region: 'eu-west-1', bucket: 'my.backups' }).addressing).toBe('path');
  });

  it('points a vendor at a local server in development', () => {
    const location = resolve('aws_s3', { region: 'eu-west-1' }, { devEndpoints: { aws_s3: 'http://127.0.0.1:9000' } });
    expect(location).toMatchObject({ endpoint_url: 'http://127.0.0.1:9000', addressing: 'path', region: 'eu-west-1' });
  });
});

describe('a sealed private key', () => {
  const sftp: FieldInput = { host: 'files.example.com', access_key: 'backup', private_key_sealed: 'a..b.c.d' };
  const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

  it('is enough to log in over SFTP', () => {
    expect(checkFields('sftp', sftp).credentials).toEqual({ access_key: 'backup' });
  });

  it('is enough for another host', () => {
    const stored: CheckedFields = { ...NO_FIELDS, host: 'old.example.com', port: 22 };
    expect(checkFields('sftp', sftp, { stored })).toMatchObject({ destinationChanged: true });
  });

  it.each<[string, FieldInput]>([
    ['private_key_sealed', { private_key: pem }],
    ['passphrase', { passphrase: 'words' }],
  ])('is refused with a second key or a passphrase: %s', (field, more) => {
    expect(refusal(() => checkFields('sftp', { ...sftp, ...more })).errors).toEqual([
      expect.objectContaining({ field, code: 'config.conflict' }),
    ]);
  });

  it.each(PROVIDERS.filter((provider) => provider !== 'sftp'))('is no field of %s', (provider) => {
    const input = { ...INPUTS[provider], private_key_sealed: 'a..b.c.d' };
    expect(refusal(() => checkFields(provider, input)).errors).toEqual([
      expect.objectContaining({ field: 'private_key_sealed', code: 'config.foreign_field' }),
    ]);
  });
});
