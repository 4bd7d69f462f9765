import { partitionOf } from '../s3/aws-partition.js';
import { objectPolicy, OPTIONAL_ACTIONS } from './object-statements.js';
import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

const MAX_USER_NAME = 64;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_create.html */
export function awsS3Policy(target: PolicyTarget): StoragePolicy {
  const user = `stowage-${target.bucket}`.slice(0, MAX_USER_NAME);
  const file = 'stowage-policy.json';
  return {
    provider: 'aws_s3',
    explanation: `An IAM user of its own that may read, write and delete the objects under ${target.bucket}/${target.prefix} and list their names, and nothing else in the account. Save the policy as ${file} and run the commands, or paste it in the IAM console: Users, Create user, then Add permissions, Create inline policy, JSON. With SSE-KMS the user also needs kms:GenerateDataKey and kms:Decrypt on the key of the bucket.`,
    documents: [
      { title: `IAM policy (${file})`, format: 'json', content: objectPolicy(target, partitionOf(target.region).name) },
      {
        title: 'Commands',
        format: 'shell',
        content: `${[
          `aws iam create-user --user-name ${user}`,
          `aws iam put-user-policy --user-name ${user} --policy-name stowage --policy-document file://${file}`,
          `aws iam create-access-key --user-name ${user}`,
        ].join('\n')}\n`,
      },
    ],
    optional: OPTIONAL_ACTIONS,
  };
}
