import { PROVIDERS, StowageError } from '@stowage/contracts';
import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  oneof,
  option,
  property,
  record,
  string,
  webUrl,
} from 'fast-check';
import { checkFields, type FieldInput } from './check-fields.js';
import type { CheckedFields } from './field-check.js';

const KEYS = { access_key: 'AKEXAMPLE', secret_key: 'secret' };
const ACCOUNT = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
type Provider = (typeof PROVIDERS)[number];

/** What the fields become, without those that are null. */
function checked(provider: Provider, input: FieldInput) {
  const { fields, credentials, warnings } = checkFields(provider, { ...KEYS, ...input });
  return { fields: known(fields), credentials, said: warnings.map(({ message }) => message).join('\n') };
}

const known = (fields: CheckedFields): Partial<CheckedFields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

function refusals(provider: Provider, input: FieldInput): string {
  try {
    checkFields(provider, { ...KEYS, ...input });
  } catch (error) {
    if (error instanceof StowageError) return (error.errors ?? []).map(({ message }) => message).join('\n');
    throw error;
  }
  throw new Error('it was not refused');
}

describe('an address of AWS that was pasted', () => {
  it.each([
    ['https://s3.console.aws.amazon.com/s3/buckets/name?region=eu-west-1', 'eu-west-1'],
    ['https://s3.console.aws.amazon.com/s3/buckets/name/?region=eu-west-1&tab=objects', 'eu-west-1'],
    ['https://eu-west-1.console.aws.amazon.com/s3/buckets/name?bucketType=general', 'eu-west-1'],
    ['https://123456789012-abcdefgh.eu-west-1.console.aws.amazon.com/s3/buckets/name', 'eu-west-1'],
    ['https://console.amazonaws.cn/s3/buckets/name?region=cn-north-1', 'cn-north-1'],
    ['https://us-gov-west-1.console.amazonaws-us-gov.com/s3/buckets/name', 'us-gov-west-1'],
    ['name.s3.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['//name.s3.eu-west-1.amazonaws.com/', 'eu-west-1'],
    [' https://s3.eu-west-1.amazonaws.com/name ', 'eu-west-1'],
    ['"https://s3.eu-west-1.amazonaws.com/name"', 'eu-west-1'],
    ['https:/s3.eu-west-1.amazonaws.com/name', 'eu-west-1'],
    ['https://s3-eu-west-1.amazonaws.com/name', 'eu-west-1'],
    ['https://name.s3-eu-west-1.amazonaws.com', 'eu-west-1'],
    ['https://s3.dualstack.eu-west-1.amazonaws.com/name', 'eu-west-1'],
    ['https://name.s3.dualstack.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['https://name.s3-external-1.amazonaws.com', 'us-east-1'],
    ['https://name.s3.amazonaws.com', 'us-east-1'],
    ['https://s3.cn-north-1.amazonaws.com.cn/name', 'cn-north-1'],
    ['https://name.s3.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
    ['https://name.s3.eu-west-1.amazonaws.com/?X-Amz-Signature=abc', 'eu-west-1'],
    ['s3://name', 'us-east-1'],
    ['S3://name/', 'us-east-1'],
    ['arn:aws:s3:::name', 'us-east-1'],
  ])('%s is read', (endpoint_url, region) => {
    const { fields, said } = checked('aws_s3', { endpoint_url });
    expect(fields).toEqual({ bucket: 'name', region });
    expect(said).toContain('bucket name was taken from endpoint_url');
  });

  it.each([
    ['s3://name/a/b', 'a/b/'],
    ['arn:aws:s3:::name/a/*', 'a/'],
    ['https://s3.console.aws.amazon.com/s3/buckets/name?prefix=a%2Fb%2F', 'a/b/'],
    ['https://us-east-1.console.aws.amazon.com/s3/object/name?region=us-east-1&prefix=a/dump.sql', 'a/'],
    ['https://name.s3.us-east-1.amazonaws.com/a%20b/', 'a b/'],
  ])('%s names a folder', (endpoint_url, path_prefix) => {
    const { fields, said } = checked('aws_s3', { endpoint_url });
    expect(fields).toEqual({ bucket: 'name', region: 'us-east-1', path_prefix });
    expect(said).toContain(`path_prefix ${path_prefix} was taken from endpoint_url`);
  });

  it.each([
    ['http://name.s3-website-eu-west-1.amazonaws.com', 'serves a website and takes no uploads'],
    ['http://name.s3-website.eu-central-1.amazonaws.com', 'serves a website and takes no uploads'],
    ['https://name.s3-accelerate.amazonaws.com', 'names no region'],
    ['https://ap-123.s3-accesspoint.eu-west-1.amazonaws.com', 'is an access point'],
    ['https://s3-control.eu-west-1.amazonaws.com', 'holds no objects'],
    ['https://s3-fips.us-east-1.amazonaws.com', 'choose MinIO'],
    ['https://bucket.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com', 'choose MinIO'],
    ['https://s3.console.aws.amazon.com/s3/home', 'names no storage'],
    [`https://${ACCOUNT}.r2.cloudflarestorage.com`, 'choose MinIO'],
    [`https://dash.cloudflare.com/${ACCOUNT}/r2`, 'an address of Cloudflare R2; choose that provider'],
    ['s3://na%zzme', 'must be a bucket name alone'],
    ['https://s3.console.aws.amazon.com/s3/buckets/%zz', 'must be a bucket name alone'],
  ])('%s is refused, with the reason', (endpoint_url, reason) => {
    expect(refusals('aws_s3', { endpoint_url })).toContain(reason);
  });
});

describe('an address of Cloudflare R2 that was pasted', () => {
  it.each([
    `https://dash.cloudflare.com/${ACCOUNT}/r2`,
    `https://dash.cloudflare.com/${ACCOUNT}/r2/overview`,
    `https://dash.cloudflare.com/${ACCOUNT}/r2/default/buckets/name`,
    `https://dash.cloudflare.com/${ACCOUNT}/r2/buckets/name/settings`,
    `dash.cloudflare.com/${ACCOUNT.toUpperCase()}/r2/overview/buckets/name`,
    `https://${ACCOUNT}.r2.cloudflarestorage.com/name`,
    `https://name.${ACCOUNT}.r2.cloudflarestorage.com`,
    `//${ACCOUNT}.r2.cloudflarestorage.com/`,
  ])('%s is read', (endpoint_url) => {
    const { fields, said } = checked('cloudflare_r2', { endpoint_url, bucket: 'name' });
    expect(fields).toEqual({ bucket: 'name', account_id: ACCOUNT, region: 'auto' });
    expect(said).toContain(`account_id ${ACCOUNT} was taken from endpoint_url`);
  });

  it.each([
    [`https://dash.cloudflare.com/${ACCOUNT}/r2/eu/buckets/name`, 'eu'],
    [`https://${ACCOUNT}.eu.r2.cloudflarestorage.com/name/`, 'eu'],
    [`https://${ACCOUNT}.fedramp.r2.cloudflarestorage.com/name`, 'fedramp'],
  ])('%s is read with its jurisdiction', (endpoint_url, jurisdiction) => {
    const { fields } = checked('cloudflare_r2', { endpoint_url });
    expect(fields).toEqual({ bucket: 'name', account_id: ACCOUNT, region: 'auto', jurisdiction });
  });

  it('has its account in small letters, which is said', () => {
    const { fields, said } = checked('cloudflare_r2', { bucket: 'name', account_id: ` ${ACCOUNT.toUpperCase()}` });
    expect(fields.account_id).toBe(ACCOUNT);
    expect(said).toContain('blanks around it were removed');
    expect(said).toContain(`account_id is kept as ${ACCOUNT}`);
  });
});

describe('an address of Backblaze B2 that was pasted', () => {
  it.each([
    ['s3.us-west-004.backblazeb2.com/name', 'us-west-004', undefined],
    ['https://name.s3.us-west-004.backblazeb2.com', 'us-west-004', undefined],
    ['https://f004.backblazeb2.com/file/name', 'us-west-004', undefined],
    ['https://f003.backblazeb2.com/file/name/a/dump.sql', 'eu-central-003', 'a/'],
  ])('%s is read', (endpoint_url, region, path_prefix) => {
    const { fields } = checked('backblaze_b2', { endpoint_url });
    const endpoint = `https://s3.${region}.backblazeb2.com`;
    expect(fields).toEqual({ bucket: 'name', region, endpoint_url: endpoint, ...(path_prefix && { path_prefix }) });
  });

  it.each([
    ['https://secure.backblaze.com/b2_buckets.htm', 'names no storage'],
    ['https://f999.backblazeb2.com/file/name', 'Endpoint or Region is required'],
  ])('%s is refused, with the reason', (endpoint_url, reason) => {
    expect(refusals('backblaze_b2', { endpoint_url })).toContain(reason);
  });
});

describe('an address of MinIO that was pasted', () => {
  it.each([
    ['minio.example.com:9000/name', 'https://minio.example.com:9000'],
    ['//minio.example.com:9000/name/', 'https://minio.example.com:9000'],
    ['http//minio.example.com/name', 'http://minio.example.com'],
    ['http:/minio.example.com/name', 'http://minio.example.com'],
    ['http://minio.example.com:9001/browser/name', 'http://minio.example.com:9001'],
    ['http://minio.example.com:9001/browser/name/YS9iLw==', 'http://minio.example.com:9001'],
    ['http://minio.example.com:9001/buckets/name/admin/summary', 'http://minio.example.com:9001'],
  ])('%s is read', (given, endpoint_url) => {
    const { fields, said } = checked('minio', { endpoint_url: given });
    expect(fields).toEqual({ bucket: 'name', endpoint_url });
    expect(said).toContain('bucket name was taken from endpoint_url');
    expect(said).toContain(`endpoint_url is kept as ${endpoint_url}`);
  });

  it('of no bucket’s page names none', () => {
    const { fields } = checked('minio', { endpoint_url: 'http://minio.example.com:9001/login', bucket: 'name' });
    expect(fields).toEqual({ bucket: 'name', endpoint_url: 'http://minio.example.com:9001' });
  });
});

describe('an address of a server that was pasted', () => {
  it.each([
    ['sftp', 'sftp://u123@host.example:2222/a/b', { host: 'host.example', port: 2222, bucket: 'a/b' }],
    ['sftp', 'u123@host.example:2222', { host: 'host.example', port: 2222 }],
    ['sftp', '//host.example:2222/', { host: 'host.example', port: 2222 }],
    ['sftp', ' SFTP://Host.example ', { host: 'host.example', port: 22 }],
    ['sftp', '[2001:db8::1]:2222', { host: '2001:db8::1', port: 2222 }],
    ['ftp', 'ftp://u123@host.example:2121/a%20b/', { host: 'host.example', port: 2121, bucket: 'a b' }],
    ['ftp', 'host.example:990', { host: 'host.example', port: 990, tls: 'implicit' }],
    ['ftp', 'ftps://host.example', { host: 'host.example', port: 21, tls: 'explicit' }],
    ['ftp', 'ftpes://host.example', { host: 'host.example', port: 21, tls: 'explicit' }],
  ] as const)('%s %s is read in either field, and said', (provider, address, fields) => {
    for (const field of ['host', 'endpoint_url'] as const) {
      const read = checked(provider, { ...user(address), [field]: address });
      expect(read.fields).toEqual(fields);
      expect(read.credentials.access_key).toBe('u123');
      expect(read.said).not.toContain('u123');
    }
    expect(checked(provider, { ...user(address), host: address }).said).toContain(`host is kept as ${fields.host}`);
  });

  it.each(['host', 'endpoint_url'])('says that the user name was taken from %s', (field) => {
    const { said } = checked('sftp', { access_key: undefined, [field]: 'sftp://u123@host.example' });
    expect(said).toContain(`access_key was taken from ${field}`);
  });

  const user = (address: string) => ({ access_key: address.includes('@') ? undefined : 'u123' });

  it('has its port taken over from host', () => {
    expect(checked('sftp', { host: 'host.example:2222' }).said).toContain('port 2222 was taken from host');
    expect(refusals('sftp', { host: 'host.example:2222', port: 22 })).toContain('port says 22, but host says 2222');
  });

  it.each(['host', 'endpoint_url'])(
    'in %s that names another user than access_key is refused, without the names',
    (field) => {
      const refusal = refusals('sftp', { [field]: 'sftp://somebody@host.example' });
      expect(refusal).toContain(`access_key and ${field} name two users`);
      expect(refusal).not.toMatch(/somebody|AKEXAMPLE/);
    },
  );

  it.each(['host', 'endpoint_url'])('with a password in %s is refused, and the password not shown', (field) => {
    const refusal = refusals('ftp', { [field]: 'ftp://u:hunter2@host.example' });
    expect(refusal).toContain('must not contain a password; it belongs in secret_key');
    expect(refusal).not.toContain('hunter2');
  });

  it.each(['https://host.example', 'host.example:99999', 'a b', 'user@'])('%s is refused', (host) => {
    expect(refusals('sftp', { host })).toMatch(/^host /);
  });
});

describe('a key that does not belong where it is', () => {
  it.each(['aws_s3', 'cloudflare_r2', 'backblaze_b2'] as const)('of Google is refused by %s', (provider) => {
    const access_key = `GOOG1E${'A'.repeat(55)}`;
    const place = { bucket: 'name', ...(provider === 'cloudflare_r2' && { account_id: ACCOUNT }) };
    const region = provider === 'backblaze_b2' ? { region: 'us-west-004' } : {};
    expect(refusals(provider, { ...place, ...region, access_key })).toContain('a key of Google Cloud');
  });

  it.each([
    ['aws_s3', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['backblaze_b2', 'K004aB3/x9aB3/x9aB3/x9aB3/x9aB3'],
  ] as const)(
    'of %s, a secret in access_key, is told whatever stands in secret_key, and not shown',
    (provider, access_key) => {
      const refusal = refusals(provider, {
        bucket: 'name',
        region: provider === 'aws_s3' ? undefined : 'us-west-004',
        access_key,
      });
      expect(refusal).toContain('swapped');
      expect(refusal).not.toContain(access_key);
    },
  );
});

describe('whatever is pasted', () => {
  const pieces = constantFrom(
    'https://',
    'http:/',
    '//',
    's3://',
    'sftp://',
    'ftps://',
    'arn:aws:s3:::',
    'user@',
    ':pw@',
    'name',
    '.',
    '/',
    ' ',
    '?',
    '#',
    's3.eu-west-1.amazonaws.com',
    'console.aws.amazon.com/s3/buckets/',
    'dash.cloudflare.com/',
    ACCOUNT,
    '/r2/eu/buckets/',
    '.r2.cloudflarestorage.com',
    'f004.backblazeb2.com/file/',
    's3.us-west-004.backblazeb2.com',
    'minio.example.com',
    ':9000',
    'host.example',
    ':22',
    '%2F',
    '%zz',
    '%00',
    '..',
    '\\',
    '[::1]',
    '①',
    '"',
    '\u200b',
    'prefix=a',
    '&region=eu-west-1',
  );
  const pasted = oneof(
    array(pieces, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('')),
    webUrl({ withQueryParameters: true, withFragments: true }),
    string({ unit: 'grapheme', maxLength: 60 }),
  );
  const optional = <T>(of: Arbitrary<T>) => option(of, { nil: undefined, freq: 2 });
  const inputs = record({
    provider: constantFrom(...PROVIDERS),
    endpoint_url: optional(pasted),
    bucket: optional(oneof(constant('name'), pasted)),
    host: optional(pasted),
    region: optional(oneof(constant('us-west-004'), constant('eu-west-1'), pasted)),
    account_id: optional(oneof(constant(ACCOUNT), pasted)),
    path_prefix: optional(pasted),
    access_key: oneof(constant('AKEXAMPLE'), pasted),
    secret_key: constant('secret'),
  });
  /** Only the fields that the provider has, so that most inputs get as far as the parsers. */
  const suited = inputs.map(({ provider, ...input }) => {
    const isServer = provider === 'sftp' || provider === 'ftp';
    const { host, region, account_id, ...both } = input;
    return {
      provider,
      input: {
        ...both,
        ...(isServer ? { host } : { region }),
        ...(provider === 'cloudflare_r2' && { account_id, region: undefined }),
      },
    };
  });
  const attempt = (provider: Provider, input: FieldInput) => {
    try {
      return checkFields(provider, input);
    } catch (error) {
      if (error instanceof StowageError && error.status < 500) return null;
      throw error;
    }
  };

  it('is taken or refused, never an error of ours; what is taken stays as it is when it is sent again', () => {
    let taken = 0;
    assert(
      property(suited, ({ provider, input }) => {
        const first = attempt(provider, input);
        if (first === null) return;
        taken += 1;
        const again = checkFields(provider, { ...known(first.fields), ...first.credentials });
        expect(again).toMatchObject({ fields: first.fields, credentials: first.credentials, warnings: [] });
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it('is changed with a word about it alone', () => {
    const changedInSilence = (provider: Provider, input: FieldInput): string[] => {
      const result = attempt(provider, input);
      if (result === null) return [];
      const said = result.warnings.map(({ message }) => message).join('\n');
      const kept: Record<string, unknown> = { ...result.fields, ...result.credentials };
      // An endpoint of a vendor is read into other fields, which say so.
      const given = Object.entries({ ...input, endpoint_url: undefined }).filter(([, value]) => value !== undefined);
      return given.flatMap(([name, value]) => (kept[name] === value || said.includes(name) ? [] : [name]));
    };
    const isSaid = property(suited, ({ provider, input }) => changedInSilence(provider, input).length === 0);
    expect(() => assert(isSaid, { numRuns: 500 })).not.toThrow();
  });
});
