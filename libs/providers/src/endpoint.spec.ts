import { BadEndpoint, parseEndpoint, parseHost } from './endpoint.js';

describe('an endpoint', () => {
  it.each([
    ['http://minio.example.com:9000', { scheme: 'http', host: 'minio.example.com', port: 9000, path: '', user: null }],
    ['https://S3.Example.com/', { scheme: 'https', host: 's3.example.com', port: null, path: '', user: null }],
    [
      'https://[2001:DB8::1]:443/bucket/',
      { scheme: 'https', host: '2001:db8::1', port: 443, path: 'bucket', user: null },
    ],
  ])('%s is read', (text, endpoint) => {
    expect(parseEndpoint(text, ['https', 'http'])).toEqual(endpoint);
  });

  it.each([
    ['sftp://files.example.com', { host: 'files.example.com', port: null }],
    ['sftp://files.example.com:80/in', { host: 'files.example.com', port: 80, path: 'in' }],
  ])('%s is read like those of http', (text, endpoint) => {
    expect(parseEndpoint(text, ['sftp'])).toMatchObject(endpoint);
  });

  it.each(['127.1', '2130706433', '0x7f.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '0177.0.0.1'])(
    'sees through the spelling %s of a loopback address',
    (host) => {
      expect(parseEndpoint(`http://${host}:9000`, ['http']).host).toBe('127.0.0.1');
      expect(parseHost(host)).toBe('127.0.0.1');
    },
  );

  it.each([
    'minio.example.com:9000',
    'ftp://minio.example.com',
    'https://user:password@minio.example.com',
    'https://minio.example.com/?list',
    'https://minio.example.com/#top',
    'https://minio.example.com:99999',
    'https://minio.example.com:0',
    'https://mi nio.example.com',
    'https:\\\\minio.example.com',
    'https://',
    'https://minio..example.com',
    'https://-minio.example.com',
  ])('%s is refused', (text) => {
    expect(() => parseEndpoint(text, ['https', 'http'])).toThrow(BadEndpoint);
  });

  it.each(['a/b', 'user@host', 'host:22', 'fe80::1%eth0', 'ho st', 'host?x', '', 'a'.repeat(64), 'host.'])(
    'the host %j is refused',
    (text) => {
      expect(() => parseHost(text)).toThrow(BadEndpoint);
    },
  );
});
