import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { CheckName, Credentials, StorageLocation, TestResult } from '@stowage/contracts';
import { NO_FIELDS, resolveLocation, type StoredStorage } from '@stowage/providers';
import { createDialer, type Dialer, testStorage } from '@stowage/providers/open';
import { FarAway } from '../servers/far-away.js';
import { type Radosgw, startRadosgw, startSshd, startVsftpd } from '../servers/index.js';
import type { Bench } from './bench.js';

const ROUND_TRIP_MS = 50;
const TESTS = 5;
const DEADLINE_MS = 30_000;
const BUCKET = 'round-trips';
const WHY = {
  s3: 'TCP; one request a step, on one connection: HEAD of the bucket, PUT, HEAD, GET, DELETE, HEAD',
  sftp: 'SSH waits for each answer: TCP, versions, key exchange, service, login methods, login, channel, subsystem, SFTP version, its limits; then one each for directory with room, open, write to size, open, read, remove with gone: 16. Without the question for the methods a password would go to servers that do not take it, and count there as a failed login; that for the limits is ssh2’s own',
  ftp: 'no command leaves before the answer to the last (RFC 959 section 5.4): TCP, greeting, USER, PASS, FEAT, TYPE; CWD, SITE QUOTA; EPSV, TCP, STOR, its end; SIZE; EPSV, TCP, RETR; DELE, SIZE: 18, of which only the quota could be left out, and with it what it is asked for',
  ftps: 'as FTP, and AUTH, a handshake for the control connection and one for each transfer, their ends, PBSZ, PROT (RFC 4217)',
};
const POLICY = { allow: [], deny: [], allowLoopback: true };

interface Target {
  name: string;
  /** Round trips that the test may take. */
  most: number;
  /** Where they come from, for who finds them many. */
  why: string;
  location: StorageLocation;
  credentials: Credentials;
}

/**
 * How many round trips a quick test takes: its time over a link of 50 ms less its time without, step by step. TCP's
 * handshake is one; resolving a name is none, as the servers are addressed by number.
 */
export const roundTrips: Bench = {
  name: 'round-trips',
  async run() {
    const [radosgw, sshd, vsftpd] = await Promise.all([startRadosgw(), startSshd(), startVsftpd()]);
    try {
      const { host } = sshd;
      const s3 = { provider: 'minio', endpoint_url: radosgw.endpoint, bucket: BUCKET } as const;
      const targets: Target[] = [
        { name: 'S3 (radosgw)', most: 8, why: WHY.s3, location: locationOf(s3), credentials: radosgw.users.full },
        {
          name: 'SFTP (OpenSSH)',
          most: 14,
          why: WHY.sftp,
          location: locationOf({ provider: 'sftp', host, port: sshd.port, bucket: '/data' }),
          credentials: { access_key: 'rw', secret_key: sshd.users.rw.secret_key },
        },
        {
          name: 'FTP (vsftpd)',
          most: 16,
          why: WHY.ftp,
          location: locationOf({ provider: 'ftp', host, port: vsftpd.plainPort, tls: 'none', bucket: '/' }),
          credentials: vsftpd.users.rw,
        },
        {
          name: 'FTP over explicit TLS (vsftpd)',
          most: 16,
          why: WHY.ftps,
          location: locationOf({
            provider: 'ftp',
            host,
            port: vsftpd.explicitTlsPort,
            tls: 'explicit',
            bucket: '/',
            ca_certificate: vsftpd.certificate,
          }),
          credentials: vsftpd.users.rw,
        },
      ];
      await createBucket(radosgw);
      const lines = [`Round trips of a quick test over a link of ${ROUND_TRIP_MS} ms (expected: at most)`];
      for (const target of targets) lines.push(...(await count(target)));
      return lines;
    } finally {
      await Promise.all([radosgw.stop(), sshd.stop(), vsftpd.stop()]);
    }
  },
};

async function count({ name, most, why, location, credentials }: Target): Promise<string[]> {
  const near = createDialer(POLICY, { provider: location.provider, organizationId: null });
  const far = new FarAway(near, ROUND_TRIP_MS);
  const run = (dialer: Dialer): Promise<TestResult> =>
    testStorage({ location, credentials, dialer, depth: 'quick', deadlineMs: DEADLINE_MS });
  try {
    const [here, there] = [await timed(() => run(near)), await timed(() => run(far.dial))];
    const steps = [...there.steps]
      .map(([step, ms]) => [step, Math.round((ms - (here.steps.get(step) ?? 0)) / ROUND_TRIP_MS)] as const)
      .filter(([, trips]) => trips > 0);
    const total = (there.wholeMs - here.wholeMs) / ROUND_TRIP_MS;
    return [
      `  ${name.padEnd(30)} ${total.toFixed(1)} (${most})   ${here.wholeMs.toFixed(0)} ms without, ${there.wholeMs.toFixed(0)} ms with the link`,
      `    ${steps.map(([step, trips]) => `${step} ${trips}`).join(', ')}`,
      `    ${why}`,
    ];
  } finally {
    await far.stop();
  }
}

interface Timed {
  wholeMs: number;
  steps: Map<CheckName, number>;
}

/** Of some tests the quickest: what a busy machine adds is no round trip. @throws Error when a test is not green */
async function timed(test: () => Promise<TestResult>): Promise<Timed> {
  const all: Timed[] = [];
  for (let each = 0; each < TESTS; each++) {
    const began = performance.now();
    const { success, message, checks } = await test();
    if (!success) throw new Error(message);
    const steps = new Map(checks.map((check) => [check.name, check.duration_ms ?? 0]));
    all.push({ wholeMs: performance.now() - began, steps });
  }
  return all.reduce((best, each) => (each.wholeMs < best.wholeMs ? each : best));
}

const locationOf = (stored: Partial<StoredStorage> & Pick<StoredStorage, 'provider'>): StorageLocation =>
  resolveLocation({ ...NO_FIELDS, organization_id: null, path_prefix: 'org/a/', ...stored });

async function createBucket({ endpoint, users: { full } }: Radosgw): Promise<void> {
  const credentials = { accessKeyId: full.access_key, secretAccessKey: full.secret_key };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}
