import type { OptionalPermission, PolicyTarget } from './storage-policy.js';

/**
 * The policy that AWS and MinIO share: objects under the prefix may be read, written and deleted, names under it listed.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function objectPolicy({ bucket, prefix }: PolicyTarget, partition: string): string {
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Backups',
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        Resource: [`${bucketArn}/${prefix}*`],
      },
      {
        Sid: 'Usage',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: [bucketArn],
        ...(prefix !== '' && { Condition: { StringLike: { 's3:prefix': [`${prefix}*`] } } }),
      },
    ],
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

export const OPTIONAL_ACTIONS: OptionalPermission[] = [
  {
    permission: 's3:DeleteObject',
    lost: 'Backups can be added and read back, but never removed: wanted as a protection, or else the bucket grows for ever.',
  },
  {
    permission: 's3:ListBucket',
    lost: 'Usage cannot be measured, and a test cannot see whether a deleted object is gone.',
  },
  {
    permission: 's3:AbortMultipartUpload',
    lost: 'Parts of a large upload that broke off stay in the bucket, and cost money, until a lifecycle rule removes them.',
  },
];
