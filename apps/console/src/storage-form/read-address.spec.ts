import type { Provider } from '../api/types.js';
import { readAddress } from './read-address.js';

const ACCOUNT = 'a1b2c3d4'.repeat(4);

describe('readAddress', () => {
  it.each<[Provider, string, Record<string, string>]>([
    [
      'cloudflare_r2',
      `https://${ACCOUNT}.r2.cloudflarestorage.com/backups`,
      { account_id: ACCOUNT, bucket: 'backups' },
    ],
    ['cloudflare_r2', `https://${ACCOUNT}.eu.r2.cloudflarestorage.com`, { account_id: ACCOUNT, jurisdiction: 'eu' }],
    ['aws_s3', 's3://backups/odoo/daily', { bucket: 'backups', path_prefix: 'odoo/daily' }],
    ['aws_s3', 'https://backups.s3.eu-west-1.amazonaws.com', { bucket: 'backups', region: 'eu-west-1' }],
    ['aws_s3', 'https://s3.eusc-de-east-1.amazonaws.eu/backups', { bucket: 'backups', region: 'eusc-de-east-1' }],
    [
      'aws_s3',
      'https://s3.ap-southeast-2.amazonaws.com/backups/x',
      { bucket: 'backups', region: 'ap-southeast-2', path_prefix: 'x' },
    ],
    ['backblaze_b2', 'https://s3.us-west-004.backblazeb2.com', { endpoint_url: 's3.us-west-004.backblazeb2.com' }],
    [
      'backblaze_b2',
      'https://backups.s3.us-west-004.backblazeb2.com',
      { bucket: 'backups', endpoint_url: 's3.us-west-004.backblazeb2.com' },
    ],
    [
      'minio',
      'http://minio.example.com:9000/backups/',
      { endpoint_url: 'http://minio.example.com:9000', bucket: 'backups' },
    ],
    [
      'sftp',
      'sftp://ann@nas.example.com:2222/srv/backups/',
      { host: 'nas.example.com', port: '2222', access_key: 'ann', bucket: 'srv/backups' },
    ],
    ['ftp', 'ftps://ftp.example.com', { host: 'ftp.example.com', tls: 'explicit' }],
  ])('reads for %s what %s says', (provider, pasted, fields) => {
    expect(readAddress(provider, pasted)).toEqual(fields);
  });

  it.each<[Provider, string]>([
    ['cloudflare_r2', 'https://example.com/backups'],
    ['cloudflare_r2', ACCOUNT],
    ['aws_s3', 'backups'],
    ['sftp', 'https://nas.example.com'],
    ['minio', 'minio.example.com'],
    ['minio', 'http://'],
  ])('leaves for %s alone what says nothing: %s', (provider, pasted) => {
    expect(readAddress(provider, pasted)).toBeNull();
  });
});
