import { objectPolicy, OPTIONAL_ACTIONS } from './object-statements.js';
import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

/** https://min.io/docs/minio/linux/administration/identity-access-management/policy-based-access-control.html */
export function minioPolicy(target: PolicyTarget): StoragePolicy {
  const name = `stowage-${target.bucket}`;
  const file = `${name}.json`;
  return {
    provider: 'minio',
    explanation: `A user of its own that may read, write and delete the objects under ${target.bucket}/${target.prefix} and list their names, and nothing else on the server. Save the policy as ${file} and run the commands with your own alias of the server in place of ALIAS. The second command asks for the secret key: choose one of 20 characters or more. The access key is ${name}. Ceph, Wasabi and others that know IAM policies take the same JSON.`,
    documents: [
      { title: `Policy (${file})`, format: 'json', content: objectPolicy(target, 'aws') },
      {
        title: 'Commands',
        format: 'shell',
        content: `${[
          `mc admin policy create ALIAS ${name} ${file}`,
          `mc admin user add ALIAS ${name}`,
          `mc admin policy attach ALIAS ${name} --user ${name}`,
        ].join('\n')}\n`,
      },
    ],
    optional: OPTIONAL_ACTIONS,
  };
}
