import { type EnvironmentError, readEnvironment } from '@stowage/contracts';
import { workerVariables } from './environment.js';

const LEAST = {
  DATABASE_URL: 'postgres://localhost/stowage',
  WORKER_KEYS_FILE: '/keys',
  ENCRYPTION_KEYRING_FILE: '/keyring',
  SERVICES_FILE: '/services',
};

describe('the environment of the worker', () => {
  it('needs little, and leaves to the database what it does not fix', () => {
    expect(read(LEAST)).toMatchObject({
      WORKER_HTTP_PORT: null,
      ALLOW_ORG_BYOS: null,
      ENABLED_PROVIDERS: null,
      EGRESS_ALLOW: [],
      EGRESS_ALLOW_LOOPBACK: false,
      TEST_DEADLINE_MS: 15_000,
      PROBE_SLOTS: 8,
      HEALTH_INTERVAL_S: 86_400,
      LOG_LEVEL: 'info',
    });
  });

  it('lists every bad variable at once', () => {
    const problems = problemsOf({
      NEAREST_REGIONS: '{"sftp":"here"}',
      PROBE_SLOTS: '0',
      LOG_LEVEL: 'loud',
      ENABLED_PROVIDERS: 'aws_s3,dropbox',
      EGRESS_ALLOW: '[{"cidr":"0.0.0.0/0","ports":[443],"providers":["minio"]}]',
      EGRESS_PUBLIC_IPS: '203.0.113.7,example.com',
      STORAGE_DEV_ENDPOINTS: '{"aws_s3":"not a url"}',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'DATABASE_URL',
      'ENABLED_PROVIDERS',
      'EGRESS_PUBLIC_IPS',
      'LOG_LEVEL',
      'WORKER_KEYS_FILE',
      'ENCRYPTION_KEYRING_FILE',
      'SERVICES_FILE',
      'EGRESS_ALLOW',
      'STORAGE_DEV_ENDPOINTS',
      'NEAREST_REGIONS',
      'PROBE_SLOTS',
    ]);
  });

  it('reads lists with blanks, and names each provider once', () => {
    expect(read({ ...LEAST, ENABLED_PROVIDERS: 'sftp, minio,sftp' }).ENABLED_PROVIDERS).toEqual(['minio', 'sftp']);
    expect(read({ ...LEAST, EGRESS_PUBLIC_IPS: '203.0.113.7, 2001:db8::1' }).EGRESS_PUBLIC_IPS).toEqual([
      '203.0.113.7',
      '2001:db8::1',
    ]);
  });

  it('knows no nearest region unless it is told one', () => {
    expect(read(LEAST).NEAREST_REGIONS).toEqual({});
    const told = { aws_s3: 'eu-central-1', backblaze_b2: 'eu-central-003' };
    expect(read({ ...LEAST, NEAREST_REGIONS: JSON.stringify(told) }).NEAREST_REGIONS).toEqual(told);
  });

  it.each([
    ['EGRESS_ALLOW_LOOPBACK', 'true'],
    ['STORAGE_DEV_ENDPOINTS', '{"aws_s3":"http://127.0.0.1:9000"}'],
  ])('takes %s in development and refuses it in production', (name, value) => {
    expect(() => read({ ...LEAST, [name]: value })).not.toThrow();
    expect(problemsOf({ ...LEAST, NODE_ENV: 'production', [name]: value })).toEqual([expect.stringContaining(name)]);
  });

  it('refuses to be told that any certificate will do', () => {
    expect(problemsOf({ ...LEAST, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([
      expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED: turns the check of every certificate off'),
    ]);
    expect(problemsOf({ ...LEAST, NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
  });
});

function read(source: Record<string, string>) {
  return readEnvironment(workerVariables(source), source, () => '');
}

function problemsOf(source: Record<string, string>): string[] {
  try {
    read(source);
    return [];
  } catch (error) {
    return (error as EnvironmentError).problems;
  }
}
