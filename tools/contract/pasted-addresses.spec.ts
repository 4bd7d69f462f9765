import { checkFields } from '@stowage/providers';
import { readAddress } from '../../apps/console/src/storage-form/read-address.js';

const ACCOUNT = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
const KEYS = { access_key: 'AKEXAMPLE', secret_key: 'secret' };

/** The console fills its form from a pasted address, and everybody else sends it to the API as it is. */
describe('a pasted address means to the console what it means to the API', () => {
  it.each([
    ...[
      'https://s3.console.aws.amazon.com/s3/buckets/name?region=eu-west-1',
      'https://eu-west-1.console.aws.amazon.com/s3/buckets/name?bucketType=general',
      'https://console.amazonaws.cn/s3/buckets/name?region=cn-north-1',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/s3/buckets/name',
      'https://us-east-1.console.aws.amazon.com/s3/object/name?region=us-east-1&prefix=a/dump.sql',
      'name.s3.eu-west-1.amazonaws.com',
      '//name.s3.eu-west-1.amazonaws.com/',
      ' "https://s3.eu-west-1.amazonaws.com/name" ',
      'https:/s3.eu-west-1.amazonaws.com/name/a/b',
      'https:////s3.eu-west-1.amazonaws.com/name',
      'https://s3-eu-west-1.amazonaws.com/name',
      'https://name.s3.dualstack.eu-west-1.amazonaws.com',
      'https://name.s3-external-1.amazonaws.com',
      'https://name.s3.amazonaws.com',
      'https://s3.cn-north-1.amazonaws.com.cn/name',
      's3://name/a/b',
      'arn:aws:s3:::name/a/*',
      'arn:aws:s3:::name',
    ].map((pasted) => ['aws_s3', pasted] as const),
    ...[
      `https://dash.cloudflare.com/${ACCOUNT}/r2/default/buckets/name`,
      `dash.cloudflare.com/${ACCOUNT.toUpperCase()}/r2/overview/buckets/name`,
      `https://dash.cloudflare.com/${ACCOUNT}/r2/eu/buckets/name`,
      `https://${ACCOUNT}.fedramp.r2.cloudflarestorage.com/name/a`,
      `https://name.${ACCOUNT}.r2.cloudflarestorage.com`,
      `//${ACCOUNT}.r2.cloudflarestorage.com/name`,
    ].map((pasted) => ['cloudflare_r2', pasted] as const),
    ...[
      's3.us-west-004.backblazeb2.com/name',
      'https://name.s3.us-west-004.backblazeb2.com',
      'https://f003.backblazeb2.com/file/name/a/dump.sql',
    ].map((pasted) => ['backblaze_b2', pasted] as const),
    ...[
      'http://0x5db8d822:9000/name',
      'http://93。184。216。34:9000/name/a',
      '//minio.example.com:9000/name/',
      'http//minio.example.com/name',
      'http://minio.example.com:9001/browser/name/YS9iLw==',
      'http://minio.example.com:9001/buckets/name/admin/summary',
    ].map((pasted) => ['minio', pasted] as const),
    ...['sftp://u123@host.example:2222/a/b', 'SFTP://host.example', 'ssh://host.example/a%20b/'].map(
      (pasted) => ['sftp', pasted] as const,
    ),
    ...[
      'ftp://u123@host.example:2121/a/',
      'ftps://host.example',
      'ftps://host.example:990',
      'ftpes://host.example',
      'ftp://0135.0270.0330.042',
    ].map((pasted) => ['ftp', pasted] as const),
  ])('%s %s', (provider, pasted) => {
    const { port, ...typed } = readAddress(provider, pasted) ?? {};
    const form = { ...typed, ...(port === undefined ? {} : { port: Number(port) }) };
    expect(typed).not.toEqual({});
    const viaConsole = checkFields(provider, { ...KEYS, ...(form as object) });
    const keys =
      provider === 'sftp' || provider === 'ftp' ? { ...KEYS, access_key: typed['access_key'] ?? 'AKEXAMPLE' } : KEYS;
    const viaApi = checkFields(provider, { ...keys, endpoint_url: pasted });
    expect(viaConsole.fields).toEqual(viaApi.fields);
    expect(viaConsole.credentials).toEqual(viaApi.credentials);
  });
});
