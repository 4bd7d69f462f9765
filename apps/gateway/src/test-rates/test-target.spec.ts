import { targetOf } from './test-target.js';

const NOWHERE = { endpoint_url: null, host: null, port: null };

describe('targetOf', () => {
  it.each([
    ['sftp', { ...NOWHERE, host: 'files.example.com', port: 2222 }, { host: 'files.example.com', port: 2222 }],
    ['ftp', { ...NOWHERE, host: '198.51.100.7', port: 21 }, { host: '198.51.100.7', port: 21 }],
    ['minio', { ...NOWHERE, endpoint_url: 'https://s3.example.com' }, { host: 's3.example.com', port: 443 }],
    ['minio', { ...NOWHERE, endpoint_url: 'http://s3.example.com' }, { host: 's3.example.com', port: 80 }],
    ['minio', { ...NOWHERE, endpoint_url: 'https://S3.example.com:9000' }, { host: 's3.example.com', port: 9000 }],
  ] as const)('of %s is the host that the user named', (provider, fields, target) => {
    expect(targetOf(provider, fields)).toEqual(target);
  });

  it.each(['aws_s3', 'cloudflare_r2', 'backblaze_b2'] as const)('of %s is nobody in particular', (provider) => {
    expect(targetOf(provider, { ...NOWHERE, endpoint_url: 'https://s3.us-west-004.backblazeb2.com' })).toBeNull();
  });
});
