import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Provider, PROVIDERS, type StorageConfig, type TestResult } from '@stowage/contracts';
import {
  describeOnServers,
  type Nginx,
  type Proftpd,
  type Radosgw,
  startNginx,
  startProftpd,
  startRadosgw,
} from '../tools/servers/index.js';
import { startSystem, type System } from '../tools/system/index.js';
import { RestClient } from './rest-client.js';

interface Policy {
  documents: { title: string; format: string; content: string }[];
  explanation: string;
  optional: { permission: string; lost: string }[];
}

interface Statement {
  Effect: string;
  Action: string[];
  Resource: string[];
}

const ACCOUNT = 'a1b2c3d4'.repeat(4);
const PLACES: Record<Provider, Record<string, unknown>> = {
  aws_s3: { bucket: 'backups', path_prefix: 'org/a/', region: 'eu-west-1' },
  cloudflare_r2: { bucket: 'backups', path_prefix: 'org/a/', account_id: ACCOUNT },
  backblaze_b2: { bucket: 'backups', path_prefix: 'org/a/', region: 'us-west-004' },
  minio: { bucket: 'backups', path_prefix: 'org/a/' },
  sftp: { bucket: 'backups' },
  ftp: { bucket: 'backups' },
};
/** What nobody can do without, in the words of each vendor or server. */
const GRANTS: Record<Provider, RegExp> = {
  aws_s3: /s3:PutObject/,
  cloudflare_r2: /Object Read & Write|PutObject/,
  backblaze_b2: /writeFiles/,
  minio: /s3:PutObject/,
  sftp: /internal-sftp/,
  ftp: /<Limit|local_enable|chroot/i,
};
const PATIENCE_MS = 150_000;

describeOnServers(['radosgw', 'proftpd', 'nginx', 'rabbitmq'], 'what a storage test tells over REST', () => {
  const organization = randomUUID();
  const inOrganization = `?organization_id=${organization}`;
  let radosgw: Radosgw;
  let proftpd: Proftpd;
  let system: System;
  let rest: RestClient;
  let owner: S3Client;
  const proxies: Nginx[] = [];

  beforeAll(async () => {
    [radosgw, proftpd, system] = await Promise.all([startRadosgw(), startProftpd(), startSystem()]);
    rest = new RestClient(system.api, await system.token({ [organization]: 'all' }));
    const { access_key, secret_key } = radosgw.users.full;
    owner = new S3Client({
      endpoint: radosgw.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    });
  }, 120_000);
  afterAll(async () => {
    owner?.destroy();
    for (const proxy of proxies) await proxy.stop();
    await Promise.all([radosgw?.stop(), proftpd?.stop(), system?.stop()]);
  }, 60_000);

  const policyOf = (provider: Provider, place: Record<string, unknown>) =>
    rest.send<Policy>('POST', `/storage-tools/policy${inOrganization}`, { provider, ...place });
  const test = async (body: Record<string, unknown>): Promise<TestResult> =>
    (await rest.send<TestResult>('POST', `/storage-configs/test-connection${inOrganization}`, body)).body;
  const makeBucket = async (bucket: string): Promise<string> => {
    await owner.send(new CreateBucketCommand({ Bucket: bucket }));
    return bucket;
  };
  const minio = (bucket: string, more: Record<string, unknown> = {}) => ({
    name: `Storage ${bucket}`,
    provider: 'minio',
    endpoint_url: radosgw.endpoint,
    bucket,
    path_prefix: 'org/a/',
    ...radosgw.users.full,
    ...more,
  });
  const warningsOf = ({ warnings }: TestResult) =>
    Object.fromEntries(warnings.map(({ code, message }) => [code, message]));

  it.each(PROVIDERS)('a least-privilege policy for %s names the place and what is granted', async (provider) => {
    const { status, body } = await policyOf(provider, PLACES[provider]);
    expect(status).toBe(200);
    const content = body.documents.map((document) => document.content).join('\n');
    expect(content).toContain('backups');
    expect(content).toMatch(GRANTS[provider]);
    for (const { format, content: document } of body.documents) {
      if (format === 'json') expect(() => JSON.parse(document) as unknown).not.toThrow();
    }
    expect(body.optional.every(({ permission, lost }) => permission !== '' && lost !== '')).toBe(true);
  });

  it(
    'the policy, given to a user of Ceph, is enough under the prefix, and nothing beside it',
    async () => {
      const bucket = await makeBucket('least-privilege');
      const { body } = await policyOf('minio', { bucket, path_prefix: 'org/a/' });
      const json = body.documents.find(({ format }) => format === 'json')?.content ?? '';
      const policy = JSON.parse(json) as { Statement: Statement[] };
      const Principal = { AWS: ['arn:aws:iam:::user/limited'] };
      const Statement = policy.Statement.map((statement) => ({ ...statement, Principal }));
      await owner.send(
        new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ ...policy, Statement }) }),
      );

      await expect(test(minio(bucket, { ...radosgw.users.limited }))).resolves.toMatchObject({
        success: true,
        code: null,
        can_write: true,
        can_read: true,
        can_delete: true,
      });
      for (const path_prefix of ['org/b/', 'org/']) {
        await expect(test(minio(bucket, { ...radosgw.users.limited, path_prefix }))).resolves.toMatchObject({
          success: false,
          code: 'permission.write_denied',
          can_write: false,
        });
      }
    },
    PATIENCE_MS,
  );

  it(
    'an upload checksum that was found is told, stored with the configuration, and not found again',
    async () => {
      const bucket = await makeBucket('no-content-md5');
      const proxy = await startNginx({
        upstream: radosgw.endpoint,
        maxBody: '0',
        location: ['if ($http_content_md5) { return 501; }'],
      });
      proxies.push(proxy);
      const body = minio(bucket, { endpoint_url: proxy.endpoint });
      const created = await rest.send<StorageConfig>('POST', `/storage-configs${inOrganization}`, body);
      expect(created.status).toBe(201);
      const path = `/storage-configs/${created.body.id}`;
      const tested = await rest.send<TestResult>('POST', `${path}/test`);
      expect(tested.body).toMatchObject({ success: true, checksum_mode: 'required' });
      const { body: stored } = await rest.send<StorageConfig>('GET', path);
      expect(stored.checksum_mode).toBe('required');
      const again = await rest.send<TestResult>('POST', `${path}/test`);
      expect(again.body.success).toBe(true);
      expect(again.body).not.toHaveProperty('checksum_mode');
    },
    PATIENCE_MS,
  );

  it(
    'a clock that is off is told in seconds',
    async () => {
      const bucket = await makeBucket('clock');
      const slow = await startLate(radosgw.port, 300);
      const result = await test(
        minio(bucket, { endpoint_url: `http://127.0.0.1:${(slow.address() as AddressInfo).port}` }),
      );
      slow.close();
      expect(result.success).toBe(true);
      expect(warningsOf(result)['s3.clock_skew']).toMatch(/(299|300|301) seconds behind that of this platform/);
    },
    PATIENCE_MS,
  );

  it(
    'little room is told in MiB, and too little for a backup is a failure',
    async () => {
      const { host, sftpPort, plainPort, users } = proftpd;
      const sftp = { name: 'Small disk', provider: 'sftp', host, port: sftpPort, ...users.full };
      const disk = await test(sftp);
      expect(disk).toMatchObject({ success: false, code: 'quota.storage_full', can_write: false });
      expect(warningsOf(disk)['quota.low']).toBe('Only 2 MiB are left on the storage: free space soon.');

      const ftp = { name: 'Small quota', provider: 'ftp', host, port: plainPort, tls: 'none', ...users.smallquota };
      const quota = await test(ftp);
      expect(quota).toMatchObject({ success: false, code: 'quota.exceeded', can_write: false });
      expect(warningsOf(quota)['quota.low']).toMatch(/^Only \d+ MiB are left/);
    },
    PATIENCE_MS,
  );
});

/** The same service with a clock that is behind. */
async function startLate(port: number, seconds: number): Promise<Server> {
  const server = createServer((asked, response) => {
    const { method, url, headers } = asked;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      const date = new Date(Date.now() - seconds * 1000).toUTCString();
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
      answer.pipe(response);
    });
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
