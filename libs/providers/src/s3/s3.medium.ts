import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Credentials, TestResult } from '@stowage/contracts';
import { describeOnServers, type Radosgw, startRadosgw } from '../../../../tools/servers/index.js';
import { Storage } from '../storage.js';
import { describeStorageDriver } from '../testing/describe-storage-driver.js';
import type { TestStorageOptions } from '../test-options.js';
import { testStorage } from '../test-storage.js';
import { measureUsage } from '../usage.js';
import { openS3 } from './driver.js';
import { createBucket, loopbackDialer, plainClient, s3Location } from './testing/s3-target.js';

const START_MS = 90_000;
const BUCKET = 'backups';

describeOnServers(['radosgw'], 'S3 on Ceph', () => {
  let radosgw: Radosgw;
  let owner: Credentials;

  beforeAll(async () => {
    radosgw = await startRadosgw();
    owner = radosgw.users.full;
    await createBucket({ endpoint: radosgw.endpoint, user: owner }, BUCKET);
  }, START_MS);
  afterAll(() => radosgw?.stop(), START_MS);

  const open = (bucket: string, more = {}) =>
    openS3({
      location: s3Location(radosgw.endpoint, bucket, more),
      credentials: owner,
      dialer: loopbackDialer(),
    });

  for (const checksum_mode of ['md5', 'required', 'crc32'] as const) {
    describeStorageDriver(`S3 on radosgw with checksum mode ${checksum_mode}`, {
      open: () => open(BUCKET, { checksum_mode }),
      openMissingContainer: () => open('no-such-bucket', { checksum_mode }),
    });
  }

  describe('a storage test', () => {
    const run = (options: Partial<TestStorageOptions> = {}): Promise<TestResult> =>
      testStorage({
        location: s3Location(radosgw.endpoint, BUCKET, { path_prefix: 'org/a/' }),
        credentials: owner,
        dialer: loopbackDialer(),
        depth: 'quick',
        deadlineMs: 15_000,
        ...options,
      });
    const asOwner = async (arrange: (client: S3Client) => Promise<unknown>): Promise<void> => {
      const client = plainClient({ endpoint: radosgw.endpoint, user: owner });
      await arrange(client);
      client.destroy();
    };
    const keysLeft = async (bucket = BUCKET) => {
      const client = plainClient({ endpoint: radosgw.endpoint, user: owner });
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      client.destroy();
      return Contents.map(({ Key }) => Key);
    };
    /** `limited` may do everything in a bucket of `full` but what is denied. */
    const bucketWhereLimitedMayNot = async (...denied: string[]): Promise<string> => {
      const bucket = `policy-${randomBytes(4).toString('hex')}`;
      await createBucket({ endpoint: radosgw.endpoint, user: owner }, bucket);
      const client = plainClient({ endpoint: radosgw.endpoint, user: owner });
      const statement = (Effect: string, Action: string[]) => ({
        Effect,
        Principal: { AWS: ['arn:aws:iam:::user/limited'] },
        Action,
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      });
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [statement('Allow', ['s3:*']), ...(denied.length > 0 ? [statement('Deny', denied)] : [])],
      });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
      client.destroy();
      return bucket;
    };

    it('is green, step by step, and leaves nothing behind', async () => {
      const result = await run();
      expect(result).toMatchObject({
        success: true,
        message: 'Connection successful',
        bucket_exists: true,
        can_write: true,
        can_read: true,
        can_delete: true,
        code: null,
        hint: null,
        latency_ms: expect.any(Number) as number,
      });
      expect(result.checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
        'connect ok',
        'authenticate ok',
        'container ok',
        'write ok',
        'size ok',
        'read ok',
        'compare ok',
        'delete ok',
        'gone ok',
      ]);
      expect(await keysLeft()).toEqual([]);
    });

    it('at full depth reads a range and uploads in parts', async () => {
      const result = await run({ depth: 'full', deadlineMs: 60_000 });
      expect(result.checks.map(({ name, status }) => `${name} ${status}`)).toEqual(
        expect.arrayContaining(['range ok', 'multipart ok', 'gone ok']),
      );
      expect(result.success).toBe(true);
      expect(await keysLeft()).toEqual([]);
    }, 90_000);

    it.each([
      [
        'an unknown access key',
        { access_key: 'AKNOBODYKNOWSTHISKEY', secret_key: 'x'.repeat(40) },
        'credentials.access_key_unknown',
        'Connection failed: The AWS Access Key Id you provided does not exist in our records.',
      ],
      [
        'a wrong secret key',
        { secret_key: 'x'.repeat(40) },
        'credentials.secret_wrong',
        'Connection failed: The secret key does not belong to the access key',
      ],
    ])('tells %s', async (_what, wrong, code, message) => {
      const result = await run({ credentials: { ...owner, ...wrong } });
      expect(result).toMatchObject({
        success: false,
        code,
        message,
        bucket_exists: null,
        can_write: null,
        can_read: null,
      });
      expect(result.latency_ms).toBeNull();
      expect(JSON.stringify(result)).not.toContain(wrong.secret_key);
    });

    it('tells a suspended account', async () => {
      await expect(run({ credentials: radosgw.users.suspended })).resolves.toMatchObject({
        code: 'credentials.suspended',
      });
    });

    it('tells a missing bucket in the documented words', async () => {
      await expect(run({ location: s3Location(radosgw.endpoint, 'no-such-bucket') })).resolves.toMatchObject({
        code: 'container.not_found',
        message: 'Connection failed: The specified bucket does not exist',
        bucket_exists: false,
        can_write: null,
      });
    });

    it.each([
      ['s3:PutObject', 'permission.write_denied', { can_write: false, can_read: null }],
      ['s3:GetObject', 'permission.read_denied', { can_write: true, can_read: false }],
    ])('tells that %s is denied', async (action, code, flags) => {
      const bucket = await bucketWhereLimitedMayNot(action);
      const result = await run({ location: s3Location(radosgw.endpoint, bucket), credentials: radosgw.users.limited });
      expect(result).toMatchObject({ success: false, code, message: 'Connection failed: Access Denied', ...flags });
      expect(result.hint).toContain(action);
      expect(await keysLeft(bucket)).toEqual([]);
    });

    it('is green for a key that may only add, with a warning that names what stays', async () => {
      const bucket = await bucketWhereLimitedMayNot('s3:DeleteObject');
      const result = await run({ location: s3Location(radosgw.endpoint, bucket), credentials: radosgw.users.limited });
      expect(result).toMatchObject({ success: true, can_write: true, can_read: true, can_delete: false });
      const messages = Object.fromEntries(result.warnings.map(({ code, message }) => [code, message]));
      expect(messages['permission.delete_denied']).toContain('s3:DeleteObject');
      const [left] = await keysLeft(bucket);
      expect(messages['object.leftover']).toBe(`${left} could not be deleted; delete it by hand`);
    });

    it('says of a bucket that keeps old versions that it does', async () => {
      const bucket = `versioned-${randomBytes(4).toString('hex')}`;
      await createBucket({ endpoint: radosgw.endpoint, user: owner }, bucket);
      await asOwner((client) =>
        client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } })),
      );
      const result = await run({ location: s3Location(radosgw.endpoint, bucket) });
      expect(result).toMatchObject({ success: true, can_delete: true });
      expect(result.warnings.map(({ code }) => code)).toContain('s3.versioned');
    });

    it.each(['md5', 'required', 'crc32'] as const)(
      'is green on a bucket with Object Lock in checksum mode %s, and says until when it keeps what is written',
      async (checksum_mode) => {
        const bucket = `locked-${randomBytes(4).toString('hex')}`;
        await asOwner((client) =>
          client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true })),
        );
        await asOwner((client) =>
          client.send(
            new PutObjectLockConfigurationCommand({
              Bucket: bucket,
              ObjectLockConfiguration: {
                ObjectLockEnabled: 'Enabled',
                Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
              },
            }),
          ),
        );
        const result = await run({ location: s3Location(radosgw.endpoint, bucket, { checksum_mode }) });
        expect(result).toMatchObject({ success: true });
        expect(result.warnings.map(({ code }) => code)).toEqual(
          expect.arrayContaining(['s3.versioned', 's3.object_lock']),
        );
      },
    );

    it('is green for a key that may only touch objects', async () => {
      const bucket = await bucketWhereLimitedMayNot('s3:ListBucket');
      const result = await run({ location: s3Location(radosgw.endpoint, bucket), credentials: radosgw.users.limited });
      expect(result).toMatchObject({ success: true, bucket_exists: true, can_delete: true });
      expect(result.checks).toContainEqual(expect.objectContaining({ name: 'container', status: 'skipped' }));
      const warning = result.warnings.find(({ code }) => code === 'permission.list_denied');
      expect(warning?.message).toContain('usage cannot be measured');
    });

    it('tells a used-up quota', async () => {
      const user = radosgw.users.quota;
      await createBucket({ endpoint: radosgw.endpoint, user }, 'small');
      await radosgw.admin('quota', 'set', '--quota-scope=user', '--uid=quota', '--max-objects=0', '--max-size=1');
      const result = await run({ location: s3Location(radosgw.endpoint, 'small'), credentials: user });
      expect(result).toMatchObject({ code: 'quota.exceeded', can_write: false });
    });

    describe('of a quota, which the server tells', () => {
      const MIB = 1024 ** 2;
      const bucketWith = async (limit: string, held = 0): Promise<string> => {
        const bucket = `quota-${randomBytes(4).toString('hex')}`;
        await asOwner(async (client) => {
          await client.send(new CreateBucketCommand({ Bucket: bucket }));
          if (held > 0) await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: Buffer.alloc(held) }));
        });
        const where = ['--quota-scope=bucket', `--bucket=${bucket}`];
        await radosgw.admin('quota', 'set', ...where, `--max-size=${limit}`);
        await radosgw.admin('quota', 'enable', ...where);
        return bucket;
      };
      const warned = ({ warnings }: TestResult) => warnings.find(({ code }) => code === 'quota.low')?.message ?? '';

      it.each([
        ['that never had room for a backup', '10M', 0, 'Only 10 MiB'],
        ['that has little left', '50M', 20 * MIB, 'Only 30 MiB'],
      ])('%s, a quick test says so', async (_how, limit, held, words) => {
        const result = await run({ location: s3Location(radosgw.endpoint, await bucketWith(limit, held)) });
        expect(result).toMatchObject({ success: false, code: 'quota.exceeded', can_write: false, can_delete: true });
        expect(result.checks).toContainEqual(expect.objectContaining({ name: 'multipart', status: 'failed' }));
        expect(warned(result)).toContain(words);
      });

      it('that belongs to the account, a quick test says so', async () => {
        const user = radosgw.users.limited;
        const bucket = `quota-${randomBytes(4).toString('hex')}`;
        await createBucket({ endpoint: radosgw.endpoint, user }, bucket);
        const ofUser = ['--quota-scope=user', '--uid=limited'];
        await radosgw.admin('quota', 'set', ...ofUser, '--max-size=10M');
        await radosgw.admin('quota', 'enable', ...ofUser);
        const result = await run({ location: s3Location(radosgw.endpoint, bucket), credentials: user });
        await radosgw.admin('quota', 'disable', ...ofUser);
        expect(result).toMatchObject({ success: false, code: 'quota.exceeded' });
        expect(warned(result)).toContain('Only 10 MiB');
      });

      it('that has room for a backup and little more, it is green and warns', async () => {
        const result = await run({ location: s3Location(radosgw.endpoint, await bucketWith('200M')) });
        expect(result.success).toBe(true);
        expect(result.checks.map(({ name }) => name)).not.toContain('multipart');
        expect(warned(result)).toContain('Only 200 MiB');
      });

      it('that is far away, or none, nothing is said', async () => {
        for (const bucket of [BUCKET, await bucketWith('20G')]) {
          const result = await run({ location: s3Location(radosgw.endpoint, bucket) });
          expect(result.success).toBe(true);
          expect(warned(result)).toBe('');
        }
      });
    });

    it('takes a private authority by its certificate, and not without it', async () => {
      const trusted = s3Location(radosgw.tlsEndpoint, BUCKET, { ca_certificate: radosgw.certificate });
      const result = await run({ location: trusted });
      expect(result).toMatchObject({ success: true });
      expect(result.checks[1]).toMatchObject({ name: 'tls', status: 'ok' });
      await expect(run({ location: s3Location(radosgw.tlsEndpoint, BUCKET) })).resolves.toMatchObject({
        code: 'tls.self_signed',
        message: 'Connection failed: SSL: CERTIFICATE_VERIFY_FAILED',
        evidence: expect.stringContaining('SHA-256') as string,
      });
    });

    it('tells clear text to a TLS port, and TLS to a clear-text port', async () => {
      const http = radosgw.tlsEndpoint.replace('https:', 'http:');
      await expect(run({ location: s3Location(http, BUCKET) })).resolves.toMatchObject({
        code: 'tls.required',
        suggested_config: { endpoint_url: radosgw.tlsEndpoint },
      });
      const https = radosgw.endpoint.replace('http:', 'https:');
      await expect(run({ location: s3Location(https, BUCKET) })).resolves.toMatchObject({
        code: 'tls.not_tls',
        suggested_config: { endpoint_url: radosgw.endpoint },
      });
    });
  });

  it('abandons the parts of an upload whose body breaks off', async () => {
    const driver = await open(BUCKET);
    const storage = new Storage(driver, { prefix: 'broken/' });
    const body = async function* () {
      for (let sent = 0; sent < 12; sent += 1) yield await Promise.resolve(randomBytes(1024 * 1024));
      throw new Error('the dump failed');
    };
    const put = storage.put('dump', Readable.from(body(), { objectMode: false }), { partSize: 5 * 1024 * 1024 });
    await expect(put).rejects.toMatchObject({ name: 'StorageFailure' });
    const client = plainClient({ endpoint: radosgw.endpoint, user: owner });
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'broken/' }));
    expect(Uploads).toEqual([]);
    client.destroy();
    await storage.close();
  }, 60_000);

  it('counts what lies under the prefix, over several pages', async () => {
    const storage = new Storage(await open(BUCKET), { prefix: 'usage/' });
    const sizes = Array.from({ length: 1100 }, (_unused, index) => index % 7);
    for (let at = 0; at < sizes.length; at += 20) {
      const batch = sizes
        .slice(at, at + 20)
        .map((size, index) => storage.put(`object-${at + index}`, Buffer.alloc(size)));
      await Promise.all(batch);
    }
    const progress: number[] = [];
    const usage = await measureUsage(storage, { onProgress: ({ objects }) => progress.push(objects) });
    expect(usage).toEqual({ object_count: 1100, size_bytes: sizes.reduce((a, b) => a + b), method: 'listing' });
    expect(progress).toEqual([1000, 1100]);
    await storage.close();
  }, 90_000);
});
