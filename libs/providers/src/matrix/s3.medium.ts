import {
  CreateBucketCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import type { Credentials } from '@stowage/contracts';
import {
  type CertificateAuthority,
  describeOnServers,
  makeCertificateAuthority,
  type NginxOptions,
  type Radosgw,
  type SandboxS3,
  type SignedCertificate,
  startNginx,
  startRadosgw,
  startSandboxS3,
} from '../../../../tools/servers/index.js';
import type { StoredStorage } from '../resolve-location.js';
import { createBucket, plainClient } from '../s3/testing/s3-target.js';
import { closedPort, itAgrees, locationOf, START_MS, type Target } from './agreement.js';

const NOBODY = { access_key: 'AKNOBODYKNOWSTHISKEY', secret_key: 'x'.repeat(40) };
const closed = async () => `http://127.0.0.1:${await closedPort()}`;

/** Of the same length, so that no size gives it away. */
const CHANGES_BYTES = {
  http: ['map $request_method $changed { GET a; default ""; }'],
  location: ['sub_filter $changed b;', 'sub_filter_once off;', 'sub_filter_types *;'],
};
const REFUSES = (method: string) => [`if ($request_method = ${method}) { return 403; }`];
const THROTTLES = {
  http: ['limit_req_zone $server_addr zone=all:1m rate=1r/m;', 'limit_req zone=all;', 'limit_req_status 429;'],
};
const MOVED = 'return 301 https://elsewhere.example$request_uri;';
const OLD_TLS = ['ssl_protocols TLSv1.1;', 'ssl_ciphers DEFAULT@SECLEVEL=0;'];
const ODD_CIPHER = ['ssl_protocols TLSv1.2;', 'ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;'];

describeOnServers(['radosgw', 'nginx'], 'a full test of S3 agrees with a backup on', () => {
  const BUCKET = 'matrix';
  const stops: (() => Promise<void>)[] = [];
  let radosgw: Radosgw;
  let sandbox: SandboxS3;
  let authority: CertificateAuthority;

  beforeAll(async () => {
    radosgw = await startRadosgw();
    stops.push(() => radosgw.stop());
    sandbox = await startSandboxS3();
    stops.push(() => sandbox.stop());
    authority = await makeCertificateAuthority();
    stops.push(async () => authority.remove());
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, BUCKET);
  }, START_MS);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  }, START_MS);

  const s3 = (stored: Partial<StoredStorage> = {}, credentials?: Credentials): Target => ({
    location: locationOf({ provider: 'minio', endpoint_url: radosgw.endpoint, bucket: BUCKET, ...stored }),
    credentials: credentials ?? radosgw.users.full,
  });
  /** The Ceph service behind an nginx. */
  const behind = async (options: Partial<NginxOptions>, stored: Partial<StoredStorage> = {}): Promise<Target> => {
    const nginx = await startNginx({ upstream: radosgw.endpoint, maxBody: '0', ...options });
    stops.push(() => nginx.stop());
    return s3({ endpoint_url: nginx.endpoint, ...stored });
  };
  /** By the name that its certificates are for. */
  const overTls = async (tls: SignedCertificate, http: string[] = [], host = 'localhost'): Promise<Target> => {
    const target = await behind({ tls, http });
    const { port } = new URL(target.location.endpoint_url ?? '');
    return s3({ endpoint_url: `https://${host}:${port}`, ca_certificate: authority.pem });
  };
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
  const bucketQuota = async (...limit: string[]) => {
    const bucket = await arranged((client, Bucket) => client.send(new CreateBucketCommand({ Bucket })));
    const where = ['--quota-scope=bucket', `--bucket=${bucket}`];
    await radosgw.admin('quota', 'set', ...where, ...limit);
    await radosgw.admin('quota', 'enable', ...where);
    return s3({ bucket });
  };

  itAgrees(
    ['radosgw'],
    [
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
      ['a bucket quota of 10 MiB', () => bucketQuota('--max-size=10M'), 'quota.exceeded'],
      ['a bucket quota of 200 MiB', () => bucketQuota('--max-size=200M'), null],
      ['a bucket quota of no object', () => bucketQuota('--max-objects=0'), 'quota.exceeded'],
      ['an access key that nobody knows', () => s3({}, NOBODY), 'credentials.access_key_unknown'],
      [
        'an endpoint that has the bucket in it',
        () => s3({ endpoint_url: `http://${BUCKET}.localhost:${radosgw.port}` }),
        's3.endpoint_has_bucket',
      ],
      ['a port that nothing listens on', async () => s3({ endpoint_url: await closed() }), 'network.refused'],
    ],
  );
  itAgrees(
    ['nginx'],
    [
      ['nginx', () => behind({}), null],
      ['nginx that passes on what it gets at once', () => behind({ location: ['proxy_request_buffering off;'] }), null],
      ['nginx that takes 8 MiB', () => behind({ maxBody: '8m' }), 'object.too_large'],
      ['nginx that changes the host', () => behind({ keepsHost: false }), 'credentials.secret_wrong'],
      ['nginx that changes what it gives back', () => behind(CHANGES_BYTES), 'object.corrupted'],
      ['nginx that lets no HEAD through', () => behind({ location: REFUSES('HEAD') }), null],
      ['nginx that lets no DELETE through', () => behind({ location: REFUSES('DELETE') }), null],
      ['nginx that lets no PUT through', () => behind({ location: REFUSES('PUT') }), 'permission.write_denied'],
      ['nginx that lets no POST through', () => behind({ location: REFUSES('POST') }), 'permission.write_denied'],
      ['nginx that slows everybody down', () => behind(THROTTLES), 'quota.throttled'],
      ['nginx that wants a password of its own', () => behind({ location: ['return 401;'] }), 's3.not_s3'],
      ['nginx that is broken', () => behind({ location: ['return 500;'] }), 's3.unavailable'],
      ['nginx before nothing', async () => behind({ upstream: await closed() }), 's3.gateway'],
      ['nginx with a page of its own', () => behind({ location: ['return 200 "<html>Welcome</html>";'] }), 's3.not_s3'],
      ['nginx that sends to another place', () => behind({ location: [MOVED] }), 's3.redirected'],
      ['nginx that answers what nobody understands', () => behind({ location: ['return 418;'] }), 's3.unrecognised'],
      ['nginx that hangs up', () => behind({ location: ['return 444;'] }), 'network.reset'],
      ['nginx that takes 32 MiB', () => behind({ maxBody: '32m' }), null],
      ['nginx over TLS', async () => overTls(await authority.sign('localhost')), null],
      [
        'nginx over TLS with an authority that was not given',
        async () => {
          const { location, credentials } = await overTls(await authority.sign('localhost'));
          return { location: { ...location, ca_certificate: null }, credentials };
        },
        'tls.unknown_authority',
      ],
      [
        'nginx over TLS by another name',
        async () => overTls(await authority.sign('localhost'), [], 'other.example'),
        'tls.hostname_mismatch',
      ],
      [
        'nginx with a certificate that has ended',
        async () => overTls(await authority.sign('localhost', -1)),
        'tls.expired',
      ],
      [
        'nginx with a certificate of the future',
        async () => overTls(await authority.signForTheFuture('localhost')),
        'tls.not_yet_valid',
      ],
      [
        'nginx with a certificate for clients',
        async () => overTls(await authority.signForClients('localhost')),
        'tls.untrusted',
      ],
      ['nginx with TLS 1.1 alone', async () => overTls(await authority.sign('localhost'), OLD_TLS), 'tls.protocol'],
      [
        'nginx with no cipher in common',
        async () => overTls(await authority.sign('localhost'), ODD_CIPHER),
        'tls.handshake',
      ],
    ],
  );
  itAgrees(
    ['sandbox'],
    [
      ['the sandbox', () => s3({ endpoint_url: sandbox.endpoint, bucket: sandbox.bucket }, sandbox.users.full), null],
      [
        'the sandbox with a key that may only read',
        () => s3({ endpoint_url: sandbox.endpoint, bucket: sandbox.bucket }, sandbox.users.readonly),
        'permission.write_denied',
      ],
    ],
  );
});
