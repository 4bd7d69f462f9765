import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Credentials, Provider, StorageLocation } from '@stowage/contracts';
import { Secret } from '@stowage/encryption';
import { InProcessBroker } from '@stowage/messaging';
import { openStorage } from '@stowage/providers/open';
import {
  describeOnServers,
  type SandboxS3,
  type Sshd,
  startSandboxS3,
  startSshd,
  startVsftpd,
  type Vsftpd,
} from '../../../../tools/servers/index.js';
import { Metrics } from '../metrics/metrics.js';
import { ProbeMetrics } from './probe-metrics.js';
import { ProbeThreads } from './probe-threads.js';

const POLICY = { allow: [], deny: [], allowLoopback: true };
/** What runs in production. The other tests of the pool give it threads of their own. */
const COMPILED = join(process.cwd(), 'dist/apps/storage-worker/src/probe-pool/probe-thread.js');
const never = new AbortController().signal;

const NOTHING_GIVEN: Omit<StorageLocation, 'provider'> = {
  id: '4f2f6a1e-6d43-4f4c-9c8e-3f3b2c1d0e9f',
  organization_id: null,
  name: 'test',
  bucket: null,
  region: null,
  endpoint_url: null,
  addressing: null,
  checksum_mode: null,
  part_size_bytes: null,
  storage_class: null,
  path_prefix: 'environments/',
  host: null,
  port: null,
  tls: null,
  host_key_sha256: null,
  ca_certificate: null,
  is_active: true,
  health: { status: 'unverified', checked_at: null },
};

describeOnServers(['sshd', 'vsftpd'], 'the thread as it is built', () => {
  let s3: SandboxS3;
  let sshd: Sshd;
  let vsftpd: Vsftpd;
  let threads: ProbeThreads;

  beforeAll(async () => {
    if (!existsSync(COMPILED)) throw new Error(`${COMPILED} is missing: npm run build`);
    [s3, sshd, vsftpd] = await Promise.all([startSandboxS3(), startSshd(), startVsftpd()]);
    threads = new ProbeThreads(
      { PROBE_SLOTS: 2, TEST_DEADLINE_MS: 20_000, EGRESS_PUBLIC_IPS: [], NEAREST_REGIONS: {} },
      POLICY,
      new ProbeMetrics(new Metrics(new InProcessBroker())),
      pathToFileURL(COMPILED),
    );
  }, 60_000);
  afterAll(async () => {
    await threads?.onApplicationShutdown();
    await Promise.all([s3?.stop(), sshd?.stop(), vsftpd?.stop()]);
  }, 60_000);

  const targets: Record<'minio' | 'sftp' | 'ftp', () => { location: StorageLocation; credentials: Credentials }> = {
    minio: () => ({
      location: locationOf('minio', {
        endpoint_url: s3.endpoint,
        bucket: s3.bucket,
        region: 'us-east-1',
        addressing: 'path',
      }),
      credentials: s3.users.full,
    }),
    sftp: () => ({
      location: locationOf('sftp', { host: sshd.host, port: sshd.port, bucket: 'data' }),
      credentials: { access_key: sshd.users.rw.access_key, secret_key: sshd.users.rw.secret_key },
    }),
    ftp: () => ({
      location: locationOf('ftp', {
        host: vsftpd.host,
        port: vsftpd.explicitTlsPort,
        tls: 'explicit',
        ca_certificate: vsftpd.certificate,
      }),
      credentials: vsftpd.users.rw,
    }),
  };

  it.each(['minio', 'sftp', 'ftp'] as const)(
    'tests, counts, sizes and removes on %s',
    async (provider) => {
      const { location, credentials } = targets[provider]();
      await store({ location, credentials }, { 'a/1': 'one', 'a/2': 'two and', kept: 'x' });
      const request = () => ({ location, organizationId: null, credentials: new Secret(credentials) });
      const progress: { objects: number }[] = [];
      const long = { signal: never, onProgress: (each: { objects: number }) => progress.push(each) };

      const test = await threads.probe({ ...request(), depth: 'quick' }, { signal: never });
      expect(test).toMatchObject({ success: true, code: null });
      expect(await threads.usage(request(), long)).toMatchObject({ object_count: 3, size_bytes: 11 });
      const keys = ['a/1', 'a/2'];
      expect(await threads.sizeOf({ ...request(), keys }, { signal: never })).toBe(10);
      progress.length = 0;
      await threads.remove({ ...request(), keys }, long);
      expect(progress.map(({ objects }) => objects)).toEqual([1, 2]);
      await expect(threads.sizeOf({ ...request(), keys }, { signal: never })).rejects.toMatchObject({
        code: 'object.not_found',
      });
      expect(await threads.usage(request(), long)).toMatchObject({ object_count: 1, size_bytes: 1 });
    },
    60_000,
  );

  it('looks at a server without credentials', async () => {
    const [sftp, ftp] = [targets.sftp(), targets.ftp()].map(({ location }) => ({ location, organizationId: null }));
    expect(await threads.hostKey(sftp!, { signal: never })).toMatch(/^SHA256:/);
    expect(await threads.ftpTlsMode(ftp!, { signal: never })).toBe('explicit');
  });

  it('dials nothing that the policy does not open', async () => {
    const { location, credentials } = targets.minio();
    const strict = new ProbeThreads(
      { PROBE_SLOTS: 1, TEST_DEADLINE_MS: 20_000, EGRESS_PUBLIC_IPS: [], NEAREST_REGIONS: {} },
      { ...POLICY, allowLoopback: false },
      new ProbeMetrics(new Metrics(new InProcessBroker())),
      pathToFileURL(COMPILED),
    );
    try {
      const request = { location, organizationId: null, credentials: new Secret(credentials), keys: ['kept'] };
      await expect(strict.sizeOf(request, { signal: never })).rejects.toMatchObject({ code: 'target.forbidden' });
    } finally {
      await strict.onApplicationShutdown();
    }
  });
});

const locationOf = (provider: Provider, given: Partial<StorageLocation>): StorageLocation => ({
  ...NOTHING_GIVEN,
  provider,
  ...given,
});

async function store(
  { location, credentials }: { location: StorageLocation; credentials: Credentials },
  objects: Record<string, string>,
): Promise<void> {
  const storage = await openStorage({ storage: location, credentials }, { policy: POLICY });
  try {
    for (const [key, body] of Object.entries(objects)) await storage.put(key, Buffer.from(body));
  } finally {
    await storage.close();
  }
}
