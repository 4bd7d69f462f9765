import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Credentials } from '@stowage/contracts';
import {
  describeOnServers,
  type NginxOptions,
  type Proftpd,
  type Radosgw,
  type S3User,
  type SandboxS3,
  type Sshd,
  startNginx,
  startProftpd,
  startRadosgw,
  startSandboxS3,
  startSshd,
} from '../../../../tools/servers/index.js';
import { createDialer } from '../dialer/create-dialer.js';
import { closedPort, locationOf, type Target } from '../matrix/agreement.js';
import type { StoredStorage } from '../resolve-location.js';
import { createBucket } from '../s3/testing/s3-target.js';
import { testStorage } from '../test-storage.js';
import { reproduce } from './reproduce.js';

const START_MS = 120_000;

interface Seen {
  /** What the test kept of the server's words. */
  evidence: string | null;
  byHand: string;
}

/** What the test says, and its line when a person runs it, who has the credentials and answers what is asked. */
async function seen(target: Target, known: Record<string, string> = {}): Promise<Seen> {
  const { location } = target;
  const dialer = createDialer(
    { allow: [], deny: [], allowLoopback: true },
    { provider: location.provider, organizationId: null },
  );
  const { reproduce, evidence } = await testStorage({ ...target, dialer, depth: 'full', deadlineMs: 30_000 });
  expect(reproduce).toEqual(expect.any(String));
  return { evidence, byHand: await runByHand(reproduce ?? '', target.credentials, known) };
}

async function seenByHand(target: Target, known?: Record<string, string>): Promise<string> {
  const { byHand } = await seen(target, known);
  return byHand;
}

async function runByHand(line: string, credentials: Credentials, known: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-by-hand-'));
  try {
    const env = { ...process.env, ...environmentOf(credentials, folder), ...known };
    const shell = spawn('/bin/sh', ['-c', line], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 40_000,
    });
    const [said, complained] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    return said + complained;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function environmentOf({ access_key, secret_key = '', private_key }: Credentials, folder: string) {
  const script = (name: string, ...lines: string[]) => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${lines.join('\n')}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  // The list of known hosts of the machine stays as it is.
  const hosts = `-o UserKnownHostsFile=${join(folder, 'hosts')} -o StrictHostKeyChecking=accept-new`;
  for (const name of ['ssh', 'sftp']) script(name, `exec /usr/bin/${name} ${hosts} "$@"`);
  if (private_key) writeFileSync(join(folder, 'key'), private_key, { mode: 0o600 });
  return {
    PATH: `${folder}:${process.env['PATH']}`,
    AWS_ACCESS_KEY_ID: access_key,
    AWS_SECRET_ACCESS_KEY: secret_key,
    KEY_FILE: join(folder, 'key'),
    SSH_ASKPASS: script('ask', `echo '${secret_key}'`),
    SSH_ASKPASS_REQUIRE: 'force',
  };
}

describeOnServers(['radosgw', 'nginx'], 'by hand the same is seen of S3:', () => {
  const stops: (() => Promise<void>)[] = [];
  let radosgw: Radosgw;
  let sandbox: SandboxS3;
  beforeAll(async () => {
    radosgw = await startRadosgw();
    stops.push(() => radosgw.stop());
    sandbox = await startSandboxS3();
    stops.push(() => sandbox.stop());
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, 'by-hand');
  }, START_MS);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  }, START_MS);

  const s3 = (endpoint_url: string, user: S3User, more: Partial<StoredStorage> = {}): Target => ({
    location: locationOf({ provider: 'minio', endpoint_url, bucket: 'by-hand', ...more }),
    credentials: user,
  });
  const behind = async (options: Partial<NginxOptions> = {}): Promise<string> => {
    const nginx = await startNginx({ upstream: radosgw.endpoint, maxBody: '0', ...options });
    stops.push(() => nginx.stop());
    return nginx.endpoint;
  };
  const SERVERS: [
    string,
    () => Promise<{ endpoint: string; bucket: string; users: Record<'full' | 'readonly', S3User> }>,
  ][] = [
    ['radosgw', async () => ({ endpoint: radosgw.endpoint, bucket: 'by-hand', users: radosgw.users })],
    ['nginx', async () => ({ endpoint: await behind(), bucket: 'by-hand', users: radosgw.users })],
    ['the sandbox', async () => sandbox],
  ];

  describe.each(SERVERS)('of %s', (_name, serverOf) => {
    const wrong = (user: S3User) => ({ ...user, secret_key: 'x'.repeat(40) });

    it('a wrong secret, and with the right one nothing', async () => {
      const { endpoint, bucket, users } = await serverOf();
      const target = s3(endpoint, wrong(users.full), { bucket });
      const { evidence, byHand } = await seen(target);
      expect(evidence).toContain('SignatureDoesNotMatch');
      expect(byHand).toContain('SignatureDoesNotMatch');
      expect(await seenByHand(target, { AWS_SECRET_ACCESS_KEY: users.full.secret_key })).toContain('200 OK');
    });

    it.each<[string, (users: Record<'full' | 'readonly', S3User>) => S3User, string | null, string]>([
      ['a missing bucket', ({ full }) => full, 'no-such-bucket', 'NoSuchBucket'],
      ['an unknown key', ({ full }) => ({ ...full, access_key: 'AKNOBODY' }), null, 'InvalidAccessKeyId'],
    ])('%s', async (_what, userOf, missing, name) => {
      const { endpoint, bucket, users } = await serverOf();
      const { evidence, byHand } = await seen(s3(endpoint, userOf(users), { bucket: missing ?? bucket }));
      expect(evidence).toContain(name);
      expect(byHand).toContain(`<Code>${name}</Code>`);
    });
  });

  it.each<[string, () => Promise<Target>, string]>([
    [
      'an upload that is denied',
      async () => s3(sandbox.endpoint, sandbox.users.readonly, { bucket: 'sandbox' }),
      'AccessDenied',
    ],
    ['a suspended account', async () => s3(radosgw.endpoint, radosgw.users.suspended), 'UserSuspended'],
    ['a quota without room', () => withQuota(), 'QuotaExceeded'],
    ['a limit of 8 MiB', async () => s3(await behind({ maxBody: '8m' }), radosgw.users.full), '413'],
    ['a PUT that is refused', async () => s3(await behind(refusing('PUT')), radosgw.users.full), '403'],
    ['an upload in parts that is refused', async () => s3(await behind(refusing('POST')), radosgw.users.full), '403'],
    ['a GET that is refused', async () => s3(await behind(refusing('GET')), radosgw.users.full), '403'],
    ['a closed port', async () => s3(`http://127.0.0.1:${await closedPort()}`, radosgw.users.full), 'refused'],
    [
      'TLS on a port of clear text',
      async () => s3(radosgw.endpoint.replace('http:', 'https:'), radosgw.users.full),
      'wrong version number',
    ],
  ])('%s', async (_what, target, words) => {
    expect(await seenByHand(await target())).toContain(words);
  });

  it.each(['md5', 'crc32', 'required'] as const)(
    'an upload with the checksum %s goes through',
    async (checksum_mode) => {
      const { location, credentials } = s3(radosgw.endpoint, radosgw.users.full, { checksum_mode });
      const failed = { location, credentials, code: 'object.still_there', step: 'gone', largeBytes: 0 } as const;
      const answers = await runByHand(reproduce(failed) ?? '', credentials, {});
      expect(answers.match(/HTTP\/1.1 \d{3}/g)?.filter((line) => !line.endsWith('100'))).toEqual([
        'HTTP/1.1 200',
        'HTTP/1.1 204',
        'HTTP/1.1 404',
      ]);
    },
  );

  const refusing = (method: string) => ({ location: [`if ($request_method = ${method}) { return 403; }`] });
  const withQuota = async (): Promise<Target> => {
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, 'by-hand-quota');
    const where = ['--quota-scope=bucket', '--bucket=by-hand-quota'];
    await radosgw.admin('quota', 'set', ...where, '--max-size=10M');
    await radosgw.admin('quota', 'enable', ...where);
    return s3(radosgw.endpoint, radosgw.users.full, { bucket: 'by-hand-quota' });
  };
});

describeOnServers(['sshd'], 'by hand the same is seen of SFTP:', () => {
  let sshd: Sshd;
  beforeAll(async () => void (sshd = await startSshd()), START_MS);
  afterAll(() => sshd?.stop(), START_MS);
  const sftp = (more: object, credentials: Credentials): Target => ({
    location: locationOf({ provider: 'sftp', host: '127.0.0.1', port: sshd.port, bucket: '/data', ...more }),
    credentials,
  });
  const as = (user: keyof Sshd['users']) => ({ access_key: user, secret_key: sshd.users[user].secret_key });

  it.each<[string, () => Target | Promise<Target>, string]>([
    ['a wrong password', () => sftp({}, { access_key: 'rw', secret_key: 'wrong' }), 'Permission denied'],
    [
      'a key that is not known',
      () => sftp({}, { access_key: 'rw', private_key: sshd.keys.stranger }),
      'Permission denied',
    ],
    ['a missing directory', () => sftp({ bucket: '/no "such" $(dir)' }, as('rw')), 'No such file'],
    ['a read-only account', () => sftp({}, as('ro')), 'Permission denied'],
    ['a full disk', () => sftp({}, as('full')), 'Failure'],
    ['a closed port', async () => sftp({ port: await closedPort() }, as('rw')), 'Connection refused'],
    ['a host key', () => sftp({ host_key_sha256: `SHA256:${'k'.repeat(43)}` }, as('rw')), 'SHA256:'],
  ])('%s', async (_what, target, words) => {
    const { credentials, location } = await target();
    const seen = await seenByHand({ credentials, location }, { STORAGE_USER: credentials.access_key });
    expect(seen).toContain(words);
  });
});

describeOnServers(['proftpd'], 'by hand the same is seen of FTP:', () => {
  let proftpd: Proftpd;
  beforeAll(async () => void (proftpd = await startProftpd()), START_MS);
  afterAll(() => proftpd?.stop(), START_MS);
  const ftp = (more: object, user: keyof Proftpd['users'] = 'rw'): Target => ({
    location: locationOf({ provider: 'ftp', host: '127.0.0.1', port: proftpd.plainPort, tls: 'none', ...more }),
    credentials: proftpd.users[user],
  });

  it.each<[string, () => Target, string]>([
    ['a wrong password', () => ({ ...ftp({}), credentials: { access_key: 'rw', secret_key: 'no' } }), '530'],
    ['a missing directory', () => ftp({ bucket: '/nowhere' }), '550'],
    ['a read-only account', () => ftp({}, 'ro'), '550'],
    ['TLS that is required', () => ftp({ port: proftpd.explicitTlsPort }), '550'],
    [
      'a certificate of its own',
      () => ftp({ port: proftpd.explicitTlsPort, tls: 'explicit' }),
      'self-signed certificate',
    ],
  ])('%s', async (_what, targetOf, reply) => {
    const target = targetOf();
    const { access_key, secret_key } = target.credentials;
    // curl asks for what is missing behind the colon; there is nobody to answer here.
    expect(await seenByHand(target, { STORAGE_USER: `${access_key}:${secret_key}` })).toContain(reply);
  });
});
