import { PassThrough, Transform } from 'node:stream';
import type { CheckName, Credentials, StorageLocation, TestDepth, TestResult } from '@stowage/contracts';
import {
  describeOnServers,
  type Proftpd,
  type Radosgw,
  type Sshd,
  startProftpd,
  startRadosgw,
  startSshd,
} from '../../../tools/servers/index.js';
import { NetworkProxy } from '../../../tools/servers/network-proxy.js';
import { createDialer } from './dialer/create-dialer.js';
import { NO_FIELDS } from './field-check.js';
import { resolveLocation, type StoredStorage } from './resolve-location.js';
import { createBucket } from './s3/testing/s3-target.js';
import { testStorage } from './test-storage.js';

const START_MS = 90_000;
/** Stands for the 15 s of a quick test and the 120 s of a full one. */
const DEADLINE_MS = 5000;
/** Cleaning up may take 2 s; the rest is for a machine that is busy. */
const ALLOWED_MS = DEADLINE_MS + 2000 + 2500;
const MEBIBYTE = 1024 * 1024;

/** Where a server stalls: as soon as one step has ended, so that the next one fails. */
const EACH: [after: CheckName, failed: CheckName][] = [
  ['container', 'write'],
  ['write', 'size'],
  ['size', 'read'],
  ['compare', 'range'],
  ['range', 'multipart'],
  ['delete', 'gone'],
];
/** Where the second is asked for right behind the first, both have their answer or neither. */
const TOGETHER: CheckName[] = ['size', 'gone'];

interface Target {
  location: StorageLocation;
  credentials: Credentials;
}

interface Server {
  port: () => number;
  /** The same server, reached at another port. */
  at: (port: number) => Target;
}

const locationOf = (stored: Partial<StoredStorage> & Pick<StoredStorage, 'provider'>) =>
  resolveLocation({ ...NO_FIELDS, organization_id: null, path_prefix: 'org/a/', ...stored });

/** The outcome of a test, in short. */
async function run({ location, credentials }: Target, depth: TestDepth, onCheck?: (name: CheckName) => void) {
  const dialer = createDialer(
    { allow: [], deny: [], allowLoopback: true },
    { provider: location.provider, organizationId: null },
  );
  const began = performance.now();
  const result = await testStorage({
    location,
    credentials,
    dialer,
    depth,
    deadlineMs: DEADLINE_MS,
    onCheck: ({ name }) => onCheck?.(name),
  });
  return { ...shortly(result), inTime: performance.now() - began < ALLOWED_MS };
}

const shortly = ({ success, code, checks }: TestResult) => ({
  success,
  code,
  failed: checks.find(({ status }) => status === 'failed')?.name,
});

const stalled = (step: CheckName) => ({ success: false, code: 'network.no_response', failed: step, inTime: true });

describeOnServers(['radosgw', 'sshd', 'proftpd'], 'a server that stalls', () => {
  let radosgw: Radosgw;
  let sshd: Sshd;
  let proftpd: Proftpd;
  const proxies: NetworkProxy[] = [];

  beforeAll(async () => {
    radosgw = await startRadosgw();
    sshd = await startSshd();
    proftpd = await startProftpd();
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, 'backups');
  }, START_MS);
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });
  afterAll(async () => {
    await radosgw?.stop();
    await sshd?.stop();
    await proftpd?.stop();
  }, START_MS);

  const between = async (port: number): Promise<NetworkProxy> => {
    const proxy = await NetworkProxy.start(port);
    proxies.push(proxy);
    return proxy;
  };
  /** Stalls once a step has ended. @returns how the test ended */
  const stallAfter = async (step: CheckName, { port, at }: Server, depth: TestDepth) => {
    const proxy = await between(port());
    return run(at(proxy.port), depth, (ended) => {
      if (ended === step) proxy.freeze();
    });
  };

  const SERVERS: Record<string, Server> = {
    's3 over TLS': {
      port: () => radosgw.tlsPort,
      at: (port: number): Target => ({
        location: {
          ...locationOf({
            provider: 'minio',
            endpoint_url: `https://127.0.0.1:${port}`,
            bucket: 'backups',
            ca_certificate: radosgw.certificate,
          }),
          part_size_bytes: 5 * MEBIBYTE,
        },
        credentials: radosgw.users.full,
      }),
    },
    sftp: {
      port: () => sshd.port,
      at: (port: number): Target => {
        const { access_key, secret_key } = sshd.users.rw;
        const location = locationOf({ provider: 'sftp', host: '127.0.0.1', port, bucket: '/data' });
        return { location, credentials: { access_key, secret_key } };
      },
    },
    'ftp over explicit TLS': {
      port: () => proftpd.explicitTlsPort,
      at: (port: number): Target => ({
        location: locationOf({
          provider: 'ftp',
          host: '127.0.0.1',
          port,
          tls: 'explicit',
          ca_certificate: proftpd.certificate,
        }),
        credentials: proftpd.users.rw,
      }),
    },
    'ftp over implicit TLS': {
      port: () => proftpd.implicitTlsPort,
      at: (port: number): Target => ({
        location: locationOf({
          provider: 'ftp',
          host: '127.0.0.1',
          port,
          tls: 'implicit',
          ca_certificate: proftpd.certificate,
        }),
        credentials: proftpd.users.rw,
      }),
    },
  };

  it.each<[string, [CheckName, CheckName][]]>([
    ['s3 over TLS', [...EACH, ['connect', 'tls'], ['authenticate', 'write']]],
    [
      'sftp',
      [
        ...EACH.filter(([, step]) => !TOGETHER.includes(step)),
        ['connect', 'authenticate'],
        ['authenticate', 'container'],
      ],
    ],
    ['ftp over explicit TLS', [...EACH, ['connect', 'tls'], ['tls', 'authenticate'], ['authenticate', 'container']]],
    ['ftp over implicit TLS', [...EACH, ['connect', 'tls'], ['tls', 'authenticate'], ['authenticate', 'container']]],
  ])(
    '%s ends at the deadline of the test, with the step failed that it stalled in',
    async (name, stalls) => {
      const server = SERVERS[name]!;
      const full = stalls.map(([after]) => stallAfter(after, server, 'full'));
      const outcomes = await Promise.all([...full, stallAfter('compare', server, 'quick')]);
      const failed = [...stalls.map(([, step]) => step), 'delete'] as CheckName[];
      expect(outcomes).toEqual(failed.map(stalled));
    },
    60_000,
  );

  it.each(['s3 over TLS', 'sftp'])(
    '%s amid the bytes of a backup, there or back, ends at the deadline of the test',
    async (name) => {
      const { port, at } = SERVERS[name]!;
      const outcomes = await Promise.all(
        (['toServer', 'toClient'] as const).map(async (way) => {
          const proxy = await NetworkProxy.start(port(), () => ({
            toServer: new PassThrough(),
            toClient: new PassThrough(),
            [way]: stallingAfter(2 * MEBIBYTE),
          }));
          proxies.push(proxy);
          return run(at(proxy.port), 'full');
        }),
      );
      expect(outcomes).toEqual([stalled('multipart'), stalled('multipart')]);
    },
    60_000,
  );
});

/** Lets so many bytes pass, then none, and closes nothing. */
function stallingAfter(bytes: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed <= bytes) done(null, chunk);
    },
  });
}
