import { ListObjectsV2Command, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { TestResult } from '@stowage/contracts';
import {
  describeOnServers,
  type Nginx,
  type NginxOptions,
  type Radosgw,
  startNginx,
  startRadosgw,
} from '../../../../tools/servers/index.js';
import { openStorage } from '../open-storage.js';
import type { StoredStorage } from '../resolve-location.js';
import { testStorage } from '../test-storage.js';
import { createBucket, loopbackDialer, plainClient, s3Location } from './testing/s3-target.js';

const START_MS = 90_000;
const BUCKET = 'backups';

describeOnServers(['radosgw', 'nginx'], 'S3 on Ceph, in rarer circumstances', () => {
  let radosgw: Radosgw;
  const proxies: Nginx[] = [];

  beforeAll(async () => {
    radosgw = await startRadosgw();
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, BUCKET);
  }, START_MS);
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });
  afterAll(() => radosgw?.stop(), START_MS);

  const run = (
    stored: Partial<StoredStorage> = {},
    endpoint = radosgw.endpoint,
    credentials = radosgw.users.full,
  ): Promise<TestResult> =>
    testStorage({
      location: s3Location(endpoint, BUCKET, { path_prefix: 'org/a/', ...stored }),
      credentials,
      dialer: loopbackDialer(),
      depth: 'quick',
      deadlineMs: 15_000,
    });
  const behind = async (options: Partial<NginxOptions>): Promise<string> => {
    const proxy = await startNginx({ upstream: radosgw.endpoint, ...options });
    proxies.push(proxy);
    return proxy.endpoint;
  };
  const clockAheadBy = (seconds: number) => {
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1000);
  };

  it.each([
    [120, 'behind'],
    [1200, 'behind'],
    [-1200, 'ahead of'],
  ])(
    'a clock of ours that is %i seconds ahead keeps neither test nor backup from working, and is told',
    async (seconds, direction) => {
      clockAheadBy(seconds);
      const { success, code, warnings } = await run();
      expect({ success, code }).toEqual({ success: true, code: null });
      const told = warnings.find(({ code }) => code === 's3.clock_skew')?.message;
      expect(Number(/ (\d+) seconds /.exec(told ?? '')?.[1]) - Math.abs(seconds)).toBeLessThanOrEqual(1);
      expect(told).toContain(`seconds ${direction} that of this platform`);

      const storage = await openStorage(
        { storage: s3Location(radosgw.endpoint, BUCKET), credentials: radosgw.users.full },
        { dialer: loopbackDialer() },
      );
      await expect(storage.put('at-another-time', Buffer.from('x'))).resolves.toMatchObject({ sizeConfirmed: true });
      await storage.remove('at-another-time');
      await storage.close();
    },
  );

  it('a proxy whose storage does not answer in time is told', async () => {
    const silent: Server = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const endpoint = await behind({
      upstream: `http://127.0.0.1:${port}`,
      location: ['proxy_read_timeout 300ms;'],
    });
    await expect(run({}, endpoint)).resolves.toMatchObject({ code: 's3.gateway' });
    silent.close();
  });

  it('a proxy that takes no CRC32 is given Content-MD5, which is found and told', async () => {
    const endpoint = await behind({ location: ['if ($http_x_amz_checksum_crc32) { return 501; }'] });
    await expect(run({ checksum_mode: 'crc32' }, endpoint)).resolves.toMatchObject({
      success: true,
      checksum_mode: 'md5',
    });
  });

  describe('in a bucket whose policy refuses an upload', () => {
    /** Refused is every one under the condition; all else is allowed. */
    const refusing = async (bucket: string, Condition: object): Promise<TestResult> => {
      const owner = { endpoint: radosgw.endpoint, user: radosgw.users.full };
      await createBucket(owner, bucket);
      const arn = `arn:aws:s3:::${bucket}`;
      const Principal = { AWS: ['arn:aws:iam:::user/limited'] };
      const Statement = [
        { Effect: 'Allow', Principal, Action: 's3:*', Resource: [arn, `${arn}/*`] },
        { Effect: 'Deny', Principal, Action: 's3:PutObject', Resource: `${arn}/*`, Condition },
      ];
      const client = plainClient(owner);
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
      const result = await run({ bucket }, radosgw.endpoint, radosgw.users.limited);
      const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      expect(KeyCount).toBe(0);
      client.destroy();
      return result;
    };

    it('that does not ask for encryption, the condition is told, and nothing is left of the question', async () => {
      const result = await refusing('encrypted', { Null: { 's3:x-amz-server-side-encryption': 'true' } });
      expect(result).toMatchObject({ success: false, code: 's3.encryption_header', can_write: false });
      expect(result.hint).toContain('s3:x-amz-server-side-encryption (AES256) out of the policy of encrypted');
    });

    it('that names no key of its own, the condition is told as a possible reason', async () => {
      const result = await refusing('own-key', { Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'true' } });
      expect(result).toMatchObject({ success: false, code: 'permission.write_denied', can_write: false });
      expect(result.hint).toContain('without a condition on encryption headers');
    });
  });
});
