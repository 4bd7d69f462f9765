import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Credentials, StorageLocation } from '@stowage/contracts';
import {
  describeOnServers,
  type Nginx,
  type Proftpd,
  type ProftpdUser,
  type Radosgw,
  type SandboxS3,
  type Sshd,
  type SshdOptions,
  type SshdUser,
  startNginx,
  startProftpd,
  startRadosgw,
  startSandboxS3,
  startSshd,
  startVsftpd,
  type Vsftpd,
  type VsftpdUser,
} from '../../../tools/servers/index.js';
import type { DiagnosisCode } from './diagnosis/catalogue.js';
import { createDialer } from './dialer/create-dialer.js';
import { StorageFailure } from './failure.js';
import { NO_FIELDS } from './field-check.js';
import { openStorage } from './open-storage.js';
import { resolveLocation, type StoredStorage } from './resolve-location.js';
import { createBucket, plainClient } from './s3/testing/s3-target.js';
import { testStorage } from './test-storage.js';

/** No false green and no false red: over every configuration of every server, a full test says what a backup does. */

const START_MS = 120_000;
const ONE_MS = 90_000;
const BACKUP_BYTES = 20 * 1024 * 1024;

interface Target {
  location: StorageLocation;
  credentials: Credentials;
}

/** `outcome`: null where a backup works, else the diagnosis. */
type Cell = [configuration: string, target: () => Target | Promise<Target>, outcome: DiagnosisCode | null];

const dialerOf = ({ provider, organization_id }: StorageLocation) =>
  createDialer(
    { allow: [], deny: [], allowLoopback: true },
    { provider, organizationId: organization_id },
    { resolve: () => Promise.resolve(['127.0.0.1']) },
  );

/** Uploads as a backup does and reads it back. */
async function backUp({ location, credentials }: Target): Promise<boolean> {
  const block = randomBytes(64 * 1024);
  const body = Readable.from(
    Array.from({ length: BACKUP_BYTES / block.length }, () => block),
    { objectMode: false },
  );
  const key = `matrix/${randomBytes(6).toString('hex')}`;
  try {
    const storage = await openStorage({ storage: location, credentials }, { dialer: dialerOf(location) });
    try {
      const { sha256 } = await storage.put(key, body);
      const hash = createHash('sha256');
      for await (const chunk of await storage.get(key)) hash.update(chunk as Buffer);
      return hash.digest('hex') === sha256;
    } finally {
      await storage.remove(key).catch(() => undefined);
      await storage.close();
    }
  } catch (error) {
    if (error instanceof StorageFailure) return false;
    throw error;
  }
}

function itAgrees(cells: Cell[]): void {
  it.each(cells)(
    '%s',
    async (_configuration, targetOf, outcome) => {
      const target = await targetOf();
      const dialer = dialerOf(target.location);
      const { success, code } = await testStorage({ ...target, dialer, depth: 'full', deadlineMs: 60_000 });
      const backup = await backUp(target);
      expect({ success, backup, code }).toEqual({ success: backup, backup: outcome === null, code: outcome });
    },
    ONE_MS,
  );
}

const locationOf = (stored: Partial<StoredStorage> & Pick<StoredStorage, 'provider'>): StorageLocation =>
  resolveLocation({ ...NO_FIELDS, organization_id: null, path_prefix: 'org/a/', ...stored });

describeOnServers(['radosgw', 'nginx'], 'a full test of S3 agrees with a backup on', () => {
  const BUCKET = 'matrix';
  const stops: (() => Promise<void>)[] = [];
  let radosgw: Radosgw;
  let sandbox: SandboxS3;
  let proxies: Record<'open' | 'small' | 'renaming', Nginx>;

  beforeAll(async () => {
    radosgw = await startRadosgw();
    stops.push(() => radosgw.stop());
    sandbox = await startSandboxS3();
    stops.push(() => sandbox.stop());
    const proxy = async (options: { maxBody?: string; keepsHost?: boolean }) => {
      const nginx = await startNginx({ upstream: radosgw.endpoint, ...options });
      stops.push(() => nginx.stop());
      return nginx;
    };
    proxies = {
      open: await proxy({ maxBody: '0' }),
      small: await proxy({ maxBody: '8m' }),
      renaming: await proxy({ maxBody: '0', keepsHost: false }),
    };
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, BUCKET);
  }, START_MS);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  }, START_MS);

  const s3 = (stored: Partial<StoredStorage> = {}, credentials?: Credentials): Target => ({
    location: locationOf({ provider: 'minio', endpoint_url: radosgw.endpoint, bucket: BUCKET, ...stored }),
    credentials: credentials ?? radosgw.users.full,
  });
  const arranged = async (arrange: (client: ReturnType<typeof plainClient>, bucket: string) => Promise<unknown>) => {
    const bucket = `matrix-${randomBytes(4).toString('hex')}`;
    const client = plainClient({ endpoint: radosgw.endpoint, user: radosgw.users.full });
    await arrange(client, bucket);
    client.destroy();
    return bucket;
  };
  /** `denied` is said aloud, as users may always read what they wrote themselves. */
  const limited = async (prefix: string, actions: string[], denied: string[] = []): Promise<Target> => {
    const bucket = await arranged(async (client, bucket) => {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      const statement = (Effect: 'Allow' | 'Deny', names: string[]) => ({
        Effect,
        Principal: { AWS: ['arn:aws:iam:::user/limited'] },
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/${prefix}*`],
        Action: names.map((name) => `s3:${name}`),
      });
      const Statement = [statement('Allow', actions), ...(denied.length > 0 ? [statement('Deny', denied)] : [])];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    });
    return s3({ bucket }, radosgw.users.limited);
  };
  const versioned = () =>
    arranged(async (client, Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    });
  const locked = () =>
    arranged(async (client, Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
      const DefaultRetention = { Mode: 'GOVERNANCE' as const, Days: 1 };
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: { DefaultRetention } };
      await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    });
  const quota = async () => {
    const bucket = `quota-${randomBytes(4).toString('hex')}`;
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.quota }, bucket);
    return s3({ bucket }, radosgw.users.quota);
  };

  itAgrees([
    ['radosgw', () => s3(), null],
    ['radosgw with CRC32', () => s3({ checksum_mode: 'crc32' }), null],
    ['radosgw with no checksum', () => s3({ checksum_mode: 'required' }), null],
    [
      'radosgw with the bucket in the host',
      () => s3({ endpoint_url: `http://localhost:${radosgw.port}`, addressing: 'virtual' }),
      null,
    ],
    ['radosgw over TLS', () => s3({ endpoint_url: radosgw.tlsEndpoint, ca_certificate: radosgw.certificate }), null],
    ['radosgw over TLS that nobody vouches for', () => s3({ endpoint_url: radosgw.tlsEndpoint }), 'tls.self_signed'],
    [
      'radosgw in clear text on its TLS port',
      () => s3({ endpoint_url: radosgw.tlsEndpoint.replace('s:', ':') }),
      'tls.required',
    ],
    [
      'radosgw over TLS on its port of clear text',
      () => s3({ endpoint_url: radosgw.endpoint.replace(':', 's:') }),
      'tls.not_tls',
    ],
    ['a bucket that does not exist', () => s3({ bucket: 'no-such-bucket' }), 'container.not_found'],
    [
      'a wrong secret key',
      () => s3({}, { ...radosgw.users.full, secret_key: 'x'.repeat(40) }),
      'credentials.secret_wrong',
    ],
    ['a suspended account', () => s3({}, radosgw.users.suspended), 'credentials.suspended'],
    ['a quota of 1 MiB', quota, 'quota.exceeded'],
    ['a key of another account', () => s3({}, radosgw.users.limited), 'permission.write_denied'],
    ['a key that may do all', () => limited('', ['*']), null],
    ['a key for objects under the prefix', () => limited('org/a/', ['PutObject', 'GetObject', 'DeleteObject']), null],
    ['a key for another prefix', () => limited('org/b/', ['*']), 'permission.write_denied'],
    ['a key that may not read', () => limited('org/a/', ['*'], ['GetObject']), 'permission.read_denied'],
    ['a key that may not write', () => limited('org/a/', ['*'], ['PutObject']), 'permission.write_denied'],
    ['a key that may not delete', () => limited('org/a/', ['*'], ['DeleteObject']), null],
    ['a key that may not list', () => limited('org/a/', ['*'], ['ListBucket']), null],
    ['a bucket that keeps versions', async () => s3({ bucket: await versioned() }), null],
    ['a bucket with Object Lock', async () => s3({ bucket: await locked() }), null],
    [
      'a bucket with Object Lock, without checksums',
      async () => s3({ bucket: await locked(), checksum_mode: 'required' }),
      null,
    ],
    ['nginx before radosgw', () => s3({ endpoint_url: proxies.open.endpoint }), null],
    ['nginx that takes 8 MiB', () => s3({ endpoint_url: proxies.small.endpoint }), 'object.too_large'],
    ['nginx that changes the host', () => s3({ endpoint_url: proxies.renaming.endpoint }), 'credentials.secret_wrong'],
    ['the sandbox', () => s3({ endpoint_url: sandbox.endpoint, bucket: sandbox.bucket }, sandbox.users.full), null],
    [
      'the sandbox with a key that may only read',
      () => s3({ endpoint_url: sandbox.endpoint, bucket: sandbox.bucket }, sandbox.users.readonly),
      'permission.write_denied',
    ],
  ]);
});

describeOnServers(['sshd'], 'a full test of SFTP agrees with a backup on', () => {
  const servers: Partial<Record<NonNullable<SshdOptions['profile']>, Sshd>> = {};
  beforeAll(async () => {
    for (const profile of ['modern', 'legacy', 'no-sftp'] as const) servers[profile] = await startSshd({ profile });
  }, START_MS);
  afterAll(async () => {
    for (const server of Object.values(servers)) await server.stop();
  }, START_MS);

  const sftp = (
    user: SshdUser,
    more: Partial<Credentials> = {},
    profile: SshdOptions['profile'] = 'modern',
  ): Target => {
    const server = servers[profile];
    const { access_key, secret_key } = server?.users[user] ?? { access_key: '', secret_key: '' };
    const location = locationOf({ provider: 'sftp', host: '127.0.0.1', port: server?.port ?? 0, bucket: '/data' });
    return { location, credentials: { access_key, secret_key, ...more } };
  };
  const at = (bucket: string): Target => {
    const target = sftp('rw');
    return { ...target, location: { ...target.location, bucket } };
  };
  const keyOf = (user: SshdUser) => ({ private_key: servers.modern?.users[user].private_key });

  itAgrees([
    ['sshd with a password', () => sftp('rw'), null],
    ['sshd with a key', () => sftp('rw', { ...keyOf('rw'), secret_key: undefined }), null],
    ['sshd with a key alone', () => sftp('keyonly', keyOf('keyonly')), null],
    ['sshd with a password where a key is wanted', () => sftp('keyonly'), 'ssh.password_not_allowed'],
    ['sshd with key and password', () => sftp('both', keyOf('both')), null],
    ['sshd with a password where both are wanted', () => sftp('both'), 'ssh.password_not_allowed'],
    ['sshd with questions', () => sftp('kbd'), null],
    ['sshd with a wrong password', () => sftp('rw', { secret_key: 'wrong' }), 'ssh.authentication_failed'],
    [
      'sshd with the key of a stranger',
      () => sftp('rw', { private_key: servers.modern?.keys.stranger, secret_key: undefined }),
      'ssh.key_rejected',
    ],
    ['a read-only account', () => sftp('ro'), 'permission.write_denied'],
    ['a disk of 2 MiB', () => sftp('full'), 'quota.storage_full'],
    ['a folder that may not be written', () => sftp('denied'), 'permission.write_denied'],
    ['a folder that does not exist', () => at('/nowhere'), 'container.not_found'],
    ['a server of retired algorithms', () => sftp('rw', {}, 'legacy'), 'ssh.algorithms'],
    ['a server without SFTP', () => sftp('rw', {}, 'no-sftp'), 'ssh.no_sftp'],
  ]);
});

describeOnServers(['proftpd'], 'a full test of FTP and SFTP agrees with a backup on ProFTPD', () => {
  let proftpd: Proftpd;
  beforeAll(async () => void (proftpd = await startProftpd()), START_MS);
  afterAll(() => proftpd?.stop(), START_MS);

  const on = (port: keyof Proftpd, stored: Partial<StoredStorage> = {}, user: ProftpdUser = 'rw'): Target => ({
    location: locationOf({ provider: 'ftp', host: '127.0.0.1', port: Number(proftpd[port]), tls: 'none', ...stored }),
    credentials: proftpd.users[user],
  });
  const trusting = () => ({ ca_certificate: proftpd.certificate });
  const sftp = (user: ProftpdUser) => on('sftpPort', { provider: 'sftp', tls: null }, user);

  itAgrees([
    ['in clear text', () => on('plainPort'), null],
    ['over explicit TLS', () => on('explicitTlsPort', { tls: 'explicit', ...trusting() }), null],
    ['over TLS that is found out', () => on('explicitTlsPort', { tls: null, ...trusting() }), null],
    ['over TLS that nobody vouches for', () => on('explicitTlsPort', { tls: 'explicit' }), 'tls.self_signed'],
    ['in clear text where TLS is required', () => on('explicitTlsPort'), 'ftp.tls_required'],
    ['over implicit TLS', () => on('implicitTlsPort', { tls: 'implicit', ...trusting() }), null],
    [
      'in explicit mode on the port of implicit TLS',
      () => on('implicitTlsPort', { tls: 'explicit', ...trusting() }),
      'tls.required',
    ],
    ['over TLS where there is none', () => on('plainPort', { tls: 'explicit' }), 'ftp.tls_unsupported'],
    ['that names another passive address', () => on('otherPassiveAddressPort'), null],
    ['without MLSD and EPSV', () => on('plainListPort'), null],
    ['without any passive mode', () => on('noPassivePort'), 'ftp.command_unsupported'],
    ['a read-only account', () => on('plainPort', {}, 'ro'), 'permission.write_denied'],
    ['an account that may not delete', () => on('plainPort', {}, 'nodelete'), null],
    ['a quota of 1 MiB', () => on('plainPort', {}, 'quota'), 'quota.exceeded'],
    ['a disk of 2 MiB', () => on('plainPort', {}, 'full'), 'quota.storage_full'],
    ['a folder that may not be written', () => on('plainPort', {}, 'denied'), 'permission.write_denied'],
    ['a folder that does not exist', () => on('plainPort', { bucket: '/nowhere' }), 'container.not_found'],
    ['its SFTP', () => sftp('rw'), null],
    ['its SFTP, read-only', () => sftp('ro'), 'permission.write_denied'],
    ['its SFTP, without the right to delete', () => sftp('nodelete'), null],
    ['its SFTP, on a disk of 2 MiB', () => sftp('full'), 'quota.storage_full'],
  ]);
});

describeOnServers(['vsftpd'], 'a full test of FTP agrees with a backup on vsftpd', () => {
  let vsftpd: Vsftpd;
  beforeAll(async () => void (vsftpd = await startVsftpd()), START_MS);
  afterAll(() => vsftpd?.stop(), START_MS);

  const on = (port: keyof Vsftpd, stored: Partial<StoredStorage> = {}, user: VsftpdUser = 'rw'): Target => ({
    location: locationOf({ provider: 'ftp', host: '127.0.0.1', port: Number(vsftpd[port]), tls: 'none', ...stored }),
    credentials: vsftpd.users[user],
  });
  const trusting = () => ({ ca_certificate: vsftpd.certificate });

  itAgrees([
    ['in clear text', () => on('plainPort'), null],
    ['over explicit TLS', () => on('explicitTlsPort', { tls: 'explicit', ...trusting() }), null],
    ['over implicit TLS', () => on('implicitTlsPort', { tls: 'implicit', ...trusting() }), null],
    ['in clear text where TLS is required', () => on('explicitTlsPort'), 'ftp.tls_required'],
    ['over TLS that nobody vouches for', () => on('explicitTlsPort', { tls: 'explicit' }), 'tls.self_signed'],
    [
      'a wrong password',
      () => ({ ...on('plainPort'), credentials: { access_key: 'rw', secret_key: 'wrong' } }),
      'ftp.authentication_failed',
    ],
    ['a read-only account', () => on('plainPort', {}, 'ro'), 'permission.write_denied'],
    ['a disk of 2 MiB', () => on('plainPort', {}, 'full'), 'quota.storage_full'],
    ['a folder that may not be written', () => on('plainPort', {}, 'denied'), 'permission.write_denied'],
  ]);
});
