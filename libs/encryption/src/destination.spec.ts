import { type Destination, destinationFingerprint } from './destination.js';

const minio: Destination = { provider: 'minio', scheme: 'https', host: 's3.example.com', port: 9000 };

describe('destinationFingerprint', () => {
  it.each([{ provider: 'sftp' }, { scheme: 'http' }, { host: 's3.example.org' }, { port: 9001 }, { port: null }])(
    'changes with %j',
    (difference) => {
      expect(destinationFingerprint({ ...minio, ...difference })).not.toEqual(destinationFingerprint(minio));
    },
  );

  it('does not change with the case of the host name', () => {
    expect(destinationFingerprint({ ...minio, host: 'S3.Example.Com' })).toEqual(destinationFingerprint(minio));
  });

  it.each(['aws_s3', 'cloudflare_r2', 'backblaze_b2'])(
    'is the vendor’s domain for %s, whatever the host',
    (provider) => {
      expect(destinationFingerprint({ provider, scheme: 'https', host: 'eu.vendor.example', port: 443 })).toEqual(
        destinationFingerprint({ provider, scheme: null, host: null, port: null }),
      );
    },
  );

  it('tells the vendors apart', () => {
    const nowhere = { scheme: null, host: null, port: null };
    expect(destinationFingerprint({ ...nowhere, provider: 'aws_s3' })).not.toEqual(
      destinationFingerprint({ ...nowhere, provider: 'backblaze_b2' }),
    );
  });
});
