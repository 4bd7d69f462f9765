import { PROVIDERS, StowageError } from '@stowage/contracts';
import { policyFor } from './policy-for.js';
import type { StoragePolicy } from './storage-policy.js';

const S3_KINDS = ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio'] as const;

interface IamPolicy {
  Statement: { Action: string[]; Resource: string[]; Condition?: object }[];
}

const jsonOf = ({ documents }: StoragePolicy): unknown =>
  JSON.parse(documents.find(({ format }) => format === 'json')!.content);
const iamPolicyOf = (policy: StoragePolicy) => jsonOf(policy) as IamPolicy;
const textOf = ({ documents }: StoragePolicy): string => documents.map(({ content }) => content).join('\n');

function refusalOf(run: () => unknown): StowageError {
  try {
    run();
  } catch (error) {
    if (error instanceof StowageError) return error;
    throw error;
  }
  throw new Error('It was not refused');
}

describe('a least-privilege policy', () => {
  it.each(PROVIDERS)('for %s says what it allows and what may be left out', (provider) => {
    const policy = policyFor(provider, { bucket: 'backups', path_prefix: 'odoo' });
    expect(policy.provider).toBe(provider);
    expect(policy.explanation).toContain('backups');
    expect(policy.documents.length).toBeGreaterThan(0);
    expect(policy.optional.length).toBeGreaterThan(0);
    for (const { content } of policy.documents) expect(content).toMatch(/\S\n$/);
    expect(textOf(policy)).not.toMatch(/undefined|null/);
  });

  it.each(['aws_s3', 'minio'] as const)('for %s is limited to the prefix of the bucket', (provider) => {
    const { Statement } = iamPolicyOf(policyFor(provider, { bucket: 'b-1', path_prefix: '/org//a' }));
    expect(Statement.map(({ Resource }) => Resource)).toEqual([['arn:aws:s3:::b-1/org/a/*'], ['arn:aws:s3:::b-1']]);
    expect(Statement[1]?.Condition).toEqual({ StringLike: { 's3:prefix': ['org/a/*'] } });
  });

  it('lists the whole bucket only where there is no prefix', () => {
    const { Statement } = iamPolicyOf(policyFor('aws_s3', { bucket: 'b-1' }));
    expect(Statement[0]?.Resource).toEqual(['arn:aws:s3:::b-1/*']);
    expect(Statement[1]?.Condition).toBeUndefined();
  });

  it.each([
    ['eu-west-1', 'arn:aws:s3:::b-1'],
    ['cn-north-1', 'arn:aws-cn:s3:::b-1'],
    ['us-gov-west-1', 'arn:aws-us-gov:s3:::b-1'],
  ])('names buckets of %s as %s', (region, arn) => {
    const { Statement } = iamPolicyOf(policyFor('aws_s3', { bucket: 'b-1', region }));
    expect(Statement[1]?.Resource).toEqual([arn]);
  });

  it('limits an R2 token to one bucket, in its jurisdiction', () => {
    const account_id = 'a1b2c3d4'.repeat(4);
    const policy = policyFor('cloudflare_r2', { bucket: 'b-1', account_id, jurisdiction: 'eu' });
    expect(jsonOf(policy)).toMatchObject([
      { resources: { [`com.cloudflare.edge.r2.bucket.${account_id}_eu_b-1`]: '*' } },
    ]);
    expect(textOf(policyFor('cloudflare_r2', { bucket: 'b-1' }))).toContain('Object Read & Write');
  });

  it('says that an R2 token cannot be limited to a prefix', () => {
    expect(policyFor('cloudflare_r2', { bucket: 'b-1', path_prefix: 'a' }).explanation).toContain(
      'cannot be limited to a/',
    );
  });

  it('makes an application key of B2 with the very prefix', () => {
    expect(textOf(policyFor('backblaze_b2', { bucket: 'my.bucket', path_prefix: 'a' }))).toContain(
      'b2 key create --bucket my.bucket --name-prefix a/ stowage-my-bucket readFiles,writeFiles,deleteFiles,listFiles,listBuckets\n',
    );
  });

  it.each(['sftp', 'ftp'] as const)('of %s lets one folder be written, below a root that cannot be', (provider) => {
    for (const bucket of ['data/backups', '/data/backups']) {
      expect(textOf(policyFor(provider, { bucket }))).toContain('-m 700 /srv/stowage/data/backups\n');
    }
    for (const bucket of [null, '/']) {
      const policy = policyFor(provider, { bucket });
      expect(textOf(policy)).toContain('-m 700 /srv/stowage/backups\n');
      expect(policy.explanation).toContain('backups as bucket');
    }
  });

  it('limits what can be limited to the addresses of this platform', () => {
    const options = { egressIps: ['203.0.113.7'] };
    expect(textOf(policyFor('sftp', {}, options))).toContain('from="203.0.113.7",restrict');
    expect(textOf(policyFor('cloudflare_r2', { bucket: 'b-1' }, options))).toContain('203.0.113.7');
    expect(policyFor('ftp', {}, options).explanation).toContain('203.0.113.7');
  });

  it.each(S3_KINDS)('for %s needs a bucket that can exist', (provider) => {
    expect(refusalOf(() => policyFor(provider, {})).errors).toEqual([
      expect.objectContaining({ field: 'bucket', code: 'config.required' }),
    ]);
    expect(refusalOf(() => policyFor(provider, { bucket: 'No_Bucket' })).errors).toEqual([
      expect.objectContaining({ field: 'bucket', code: 'container.name_invalid' }),
    ]);
  });

  it.each(['*', '?', '${aws:username}', '$(id)', 'a b', "a'b", 'a"b', 'a;b', 'a#b', 'a%b'])(
    'refuses the prefix %s, which means something to policies, shells or configuration files',
    (path_prefix) => {
      for (const provider of PROVIDERS) {
        const { errors } = refusalOf(() => policyFor(provider, { bucket: 'backups', path_prefix }));
        expect(errors).toEqual([expect.objectContaining({ field: 'path_prefix', code: 'config.path_prefix' })]);
      }
      const { errors } = refusalOf(() => policyFor('sftp', { bucket: path_prefix }));
      expect(errors).toEqual([expect.objectContaining({ field: 'bucket', code: 'config.directory' })]);
    },
  );

  it('refuses fields of other providers, and reads a pasted endpoint', () => {
    expect(refusalOf(() => policyFor('aws_s3', { bucket: 'b-1', host: 'example.com' })).errors).toEqual([
      expect.objectContaining({ field: 'host', code: 'config.foreign_field' }),
    ]);
    const pasted = policyFor('aws_s3', { endpoint_url: 'https://s3.cn-north-1.amazonaws.com.cn/b-1' });
    expect(iamPolicyOf(pasted).Statement[0]?.Resource).toEqual(['arn:aws-cn:s3:::b-1/*']);
  });

  it.each([
    ['eu-west-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('names the partition of %s in the ARNs: %s', (region, partition) => {
    const policy = policyFor('aws_s3', { bucket: 'b-1', region });
    expect(iamPolicyOf(policy).Statement[0]?.Resource).toEqual([`arn:${partition}:s3:::b-1/*`]);
  });
});
