import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestResult } from '@stowage/contracts';
import { makeCertificate } from '../../../../tools/servers/certificate.js';
import { describeOnServers, type Radosgw, startRadosgw } from '../../../../tools/servers/index.js';
import { findProgram, program } from '../../../../tools/servers/requirements.js';
import { run } from '../../../../tools/servers/run.js';
import { createBucket, loopbackDialer, plainClient, s3Location } from '../s3/testing/s3-target.js';
import type { DriverOptions } from '../driver.js';
import { openS3 } from '../s3/driver.js';
import { Storage } from '../storage.js';
import { testStorage } from '../test-storage.js';
import { measureUsage } from '../usage.js';
import { policyFor } from './policy-for.js';

interface Statement {
  Action: string[];
}

const START_MS = 90_000;
const LIMITED = { AWS: ['arn:aws:iam:::user/limited'] };

describeOnServers(['radosgw'], 'the generated S3 policy on Ceph', () => {
  let radosgw: Radosgw;

  beforeAll(async () => {
    radosgw = await startRadosgw();
  }, START_MS);
  afterAll(() => radosgw?.stop(), START_MS);

  /** Gives `limited` what the policy allows, less one action, in a new bucket, and nothing else. */
  const bucketWith = async (provider: 'aws_s3' | 'minio', prefix: string, without?: string): Promise<string> => {
    const bucket = `policy-${randomBytes(4).toString('hex')}`;
    const owner = { endpoint: radosgw.endpoint, user: radosgw.users.full };
    await createBucket(owner, bucket);
    const json = policyFor(provider, { bucket, path_prefix: prefix }).documents.find(({ format }) => format === 'json');
    const policy = JSON.parse(json?.content ?? '') as { Statement: Statement[] };
    const Statement = policy.Statement.map(({ Action, ...statement }) => ({
      ...statement,
      Action: Action.filter((action) => action !== without),
      Principal: LIMITED,
    })).filter(({ Action }) => Action.length > 0);
    const client = plainClient(owner);
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ ...policy, Statement }) }));
    client.destroy();
    return bucket;
  };
  const storageOf = (bucket: string, path_prefix: string) => ({
    location: s3Location(radosgw.endpoint, bucket, { path_prefix }),
    credentials: radosgw.users.limited,
    dialer: loopbackDialer(),
  });
  const open = async (options: DriverOptions): Promise<Storage> =>
    new Storage(await openS3(options), { prefix: options.location.path_prefix ?? '' });
  const test = (bucket: string, path_prefix: string): Promise<TestResult> =>
    testStorage({ ...storageOf(bucket, path_prefix), depth: 'full', deadlineMs: 60_000 });

  it.each(['aws_s3', 'minio'] as const)(
    'of %s is enough for a full test and for measuring usage',
    async (provider) => {
      for (const prefix of ['', 'org/a/']) {
        const bucket = await bucketWith(provider, prefix);
        await expect(test(bucket, prefix)).resolves.toMatchObject({ success: true, can_delete: true, code: null });

        const storage = await open(storageOf(bucket, prefix));
        await storage.put('dump.sql', Buffer.from('select 1;'));
        await expect(measureUsage(storage)).resolves.toMatchObject({ object_count: 1, size_bytes: 9 });
        await storage.close();
      }
    },
    90_000,
  );

  it('needs s3:PutObject', async () => {
    const bucket = await bucketWith('aws_s3', 'org/a/', 's3:PutObject');
    await expect(test(bucket, 'org/a/')).resolves.toMatchObject({ success: false, code: 'permission.write_denied' });
  }, 60_000);

  it('needs s3:GetObject', async () => {
    const read = async (without?: string): Promise<string> => {
      const bucket = await bucketWith('aws_s3', 'org/a/', without);
      // Of another's making: Ceph lets everybody read what they uploaded themselves.
      const owner = await open({ ...storageOf(bucket, 'org/a/'), credentials: radosgw.users.full });
      await owner.put('dump.sql', Buffer.from('select 1;'));
      await owner.close();
      const storage = await open(storageOf(bucket, 'org/a/'));
      try {
        return await text(await storage.get('dump.sql'));
      } finally {
        await storage.close();
      }
    };
    await expect(read()).resolves.toBe('select 1;');
    await expect(read('s3:GetObject')).rejects.toMatchObject({ code: 'permission.read_denied' });
  }, 60_000);

  it.each<[string, object]>([
    ['s3:DeleteObject', { can_delete: false }],
    ['s3:ListBucket', { can_delete: true }],
    ['s3:AbortMultipartUpload', { can_delete: true }],
  ])(
    'can do without %s, which it calls optional',
    async (action, outcome) => {
      const { optional } = policyFor('aws_s3', { bucket: 'any-bucket' });
      expect(optional.map(({ permission }) => permission)).toContain(action);
      const bucket = await bucketWith('aws_s3', 'org/a/', action);
      await expect(test(bucket, 'org/a/')).resolves.toMatchObject({ success: true, ...outcome });
    },
    60_000,
  );

  it('allows nothing beside the prefix', async () => {
    const bucket = await bucketWith('aws_s3', 'org/a/');
    await expect(test(bucket, 'org/b/')).resolves.toMatchObject({ success: false, code: 'permission.write_denied' });
  }, 60_000);
});

describeOnServers(['sshd', 'proftpd'], 'the generated blocks for servers', () => {
  const contentOf = (provider: 'sftp' | 'ftp', title: string): string =>
    policyFor(provider, { bucket: 'data/backups' }).documents.find((each) => each.title.startsWith(title))!.content;
  const inFile = async (lines: string, check: (file: string) => Promise<unknown>): Promise<void> => {
    const directory = await mkdtemp(join(tmpdir(), 'policy-'));
    try {
      const file = join(directory, 'configuration');
      writeFileSync(file, lines);
      await check(file);
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  it('are understood by OpenSSH, and mean what they say', async () => {
    const block = `Subsystem sftp internal-sftp\n${contentOf('sftp', '/etc/ssh/sshd_config')}`;
    await inFile(block, async (file) => {
      const user = 'user=stowage,host=localhost,addr=127.0.0.1';
      // Debian's sshd wants this folder even to read a file.
      const script = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"';
      const sshd = [program('sshd'), '-T', '-f', file, '-C', user];
      const effective = await run(program('unshare'), ['--mount', '/bin/sh', '-c', script, 'sh', ...sshd]);
      expect(effective.split('\n')).toEqual(
        expect.arrayContaining([
          'authenticationmethods publickey',
          'chrootdirectory /srv/stowage',
          'forcecommand internal-sftp',
          'authorizedkeysfile /etc/ssh/authorized_keys/%u',
          'disableforwarding yes',
          'permittty no',
        ]),
      );
    });
  });

  describe('of ProFTPD', () => {
    const check = (lines: string): Promise<void> =>
      inFile(lines, async (file) => {
        const { certificateFile, keyFile } = await makeCertificate(dirname(file));
        const block = lines.replace('/etc/ssl/certs/ftp.pem', certificateFile);
        writeFileSync(file, block.replace('/etc/ssl/private/ftp.key', keyFile));
        await run(program('proftpd'), ['-t', '-c', file]);
      });

    it('are understood', async () => {
      const modules = `${findProgram('proftpd') ? 'ModulePath /usr/lib/proftpd\n' : ''}LoadModule mod_tls.c\n`;
      await check(modules + contentOf('ftp', '/etc/proftpd'));
    });

    it('are refused whole where the module for TLS is missing, so that nobody logs in in clear text', async () => {
      // What ProFTPD says of it goes to the system's log. But for the module this is the configuration above.
      await expect(check(contentOf('ftp', '/etc/proftpd'))).rejects.toThrow('proftpd -t: Command failed');
    });
  });
});
