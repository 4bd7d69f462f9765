import type { Sandbox } from '../sandbox/start-sandbox.js';
import { banner } from './banner.js';

const started = {
  url: 'http://127.0.0.1:3000',
  token: 'a.b.c',
  organizationId: '11111111-1111-4111-8111-111111111111',
  database: 'PostgreSQL',
  broker: { kind: 'in-process' as const, reasons: ['rabbitmq needs rabbitmq-server'] },
  dataDirectory: '/data',
  sandbox: null,
};
const sandbox: Sandbox = {
  host: '127.0.0.1',
  bucket: 'backups',
  directory: '/backups',
  accessKey: 'AK',
  username: 'sandbox',
  secret: 's3cret',
  s3Endpoint: 'http://127.0.0.1:9010',
  sftpPort: 2022,
  ftpPort: 2021,
  stop: async () => undefined,
};

describe('The banner', () => {
  it('names the console, the token and a complete first command', () => {
    expect(banner(started)).toContain('http://127.0.0.1:3000/ ');
    expect(banner(started)).toContain(
      "curl -sS -H 'Authorization: Bearer a.b.c' 'http://127.0.0.1:3000/api/v1/backups/storage-configs?organization_id=11111111-1111-4111-8111-111111111111'",
    );
  });

  it('says that other services cannot connect without a broker, why there is none, and how to get one', () => {
    expect(banner(started)).toMatch(
      /other services cannot connect[^]*apt-get install rabbitmq-server[^]*needs rabbitmq-server/,
    );
  });

  it('has a command for a storage of each kind, in one line each', () => {
    const commands = banner({ ...started, sandbox })
      .split('\n')
      .filter((line) => line.startsWith("stowage_test '"));
    const bodies = commands.map((line) => JSON.parse(line.slice("stowage_test '".length, -1)) as { provider: string });
    expect(bodies.map(({ provider }) => provider)).toEqual([
      'aws_s3',
      'cloudflare_r2',
      'backblaze_b2',
      'minio',
      'sftp',
      'ftp',
    ]);
  });

  it('asks for a token of the issuer where tokens are made elsewhere', () => {
    expect(banner({ ...started, token: null })).toMatch(/JWT_JWKS_URL[^]*Bearer <token>/);
  });
});
