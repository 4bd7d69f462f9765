import { generateWorkerKeys, publicHalf } from '@stowage/encryption';
import { EnvironmentError } from '@stowage/contracts';
import { readGatewayEnvironment } from './environment.js';

const keys = generateWorkerKeys();
const FILES: Record<string, string> = {
  '/keys.json': JSON.stringify(publicHalf(keys)),
  '/private.json': JSON.stringify(keys),
  '/secret': `${'s'.repeat(32)}\n`,
};
const SET = {
  DATABASE_URL: 'postgres://localhost/stowage',
  JWT_SECRET: 's'.repeat(32),
  WORKER_PUBLIC_KEYS_FILE: '/keys.json',
};

function read(source: Record<string, string | undefined>) {
  return readGatewayEnvironment(source, (path) => {
    const content = FILES[path];
    if (content === undefined) throw new Error('ENOENT');
    return content;
  });
}

function problemsOf(source: Record<string, string | undefined>): string[] {
  try {
    read(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  return [];
}

describe('the environment of the gateway', () => {
  it('has a default for all but database, token rules and worker keys', () => {
    expect(read(SET)).toMatchObject({
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: null,
      JWT_ISSUER: null,
      ALLOW_ORG_BYOS: null,
      ENABLED_PROVIDERS: null,
      EGRESS_PUBLIC_IPS: [],
      TEST_DEADLINE_MS: 15_000,
      LOG_LEVEL: 'info',
    });
  });

  it('reads lists, flags and files', () => {
    const environment = read({
      ...SET,
      JWT_SECRET: undefined,
      JWT_SECRET_FILE: '/secret',
      ALLOW_ORG_BYOS: 'false',
      ENABLED_PROVIDERS: 'sftp, aws_s3',
      EGRESS_PUBLIC_IPS: '203.0.113.10, 2001:db8::1',
    });
    expect(environment).toMatchObject({
      JWT_SECRET: 's'.repeat(32),
      ALLOW_ORG_BYOS: false,
      ENABLED_PROVIDERS: ['aws_s3', 'sftp'],
      EGRESS_PUBLIC_IPS: ['203.0.113.10', '2001:db8::1'],
    });
  });

  it('lists every bad variable at once, by name', () => {
    const problems = problemsOf({
      HTTP_PORT: '70000',
      WORKER_PUBLIC_KEYS_FILE: '/private.json',
      ALLOW_ORG_BYOS: 'maybe',
      ENABLED_PROVIDERS: 'dropbox',
      EGRESS_PUBLIC_IPS: 'gateway.example.com',
      TEST_DEADLINE_MS: '1s',
      LOG_LEVEL: 'loud',
    });
    expect(new Set(problems.map((problem) => problem.split(':', 1)[0]))).toEqual(
      new Set([
        'ALLOW_ORG_BYOS',
        'DATABASE_URL',
        'EGRESS_PUBLIC_IPS',
        'ENABLED_PROVIDERS',
        'HTTP_PORT',
        'JWT_SECRET',
        'LOG_LEVEL',
        'TEST_DEADLINE_MS',
        'WORKER_PUBLIC_KEYS_FILE',
      ]),
    );
  });

  it('takes a shared secret or a key URL, never both, and never a weak secret', () => {
    const url = 'https://id.example.com/jwks.json';
    expect(read({ ...SET, JWT_SECRET: undefined, JWT_JWKS_URL: url })).toMatchObject({ JWT_JWKS_URL: url });
    expect(problemsOf({ ...SET, JWT_JWKS_URL: url })).toEqual([expect.stringContaining('JWT_JWKS_URL')]);
    expect(problemsOf({ ...SET, JWT_SECRET: undefined, JWT_JWKS_URL: 'http://id.example.com/jwks' })).toHaveLength(1);
    expect(problemsOf({ ...SET, JWT_SECRET: 'short' })).toEqual([expect.stringContaining('JWT_SECRET')]);
  });

  it('requires issuer and audience in production', () => {
    expect(problemsOf({ ...SET, NODE_ENV: 'production' }).map((problem) => problem.split(':', 1)[0])).toEqual([
      'JWT_ISSUER',
      'JWT_AUDIENCE',
    ]);
  });

  it('shows no secret in what it says', () => {
    expect(problemsOf({ ...SET, JWT_SECRET: 'canary' }).join()).not.toContain('canary');
  });
});
