import type { PolicyTarget, StoragePolicy } from './storage-policy.js';

const REQUIRED = ['readFiles', 'writeFiles', 'deleteFiles'];
const OPTIONAL = ['listFiles', 'listBuckets'];
const MAX_KEY_NAME = 100;

/** https://www.backblaze.com/docs/cloud-storage-s3-compatible-app-keys */
export function backblazeB2Policy({ bucket, prefix }: PolicyTarget): StoragePolicy {
  const capabilities = [...REQUIRED, ...OPTIONAL];
  const namePrefix = prefix === '' ? '' : ` --name-prefix ${prefix}`;
  // Letters, digits and hyphens only.
  const keyName = `stowage-${bucket}`.replaceAll('.', '-').slice(0, MAX_KEY_NAME);
  return {
    provider: 'backblaze_b2',
    explanation: `An application key that reads, writes and deletes in ${bucket} under ${prefix || 'any name'} only. The command prints the keyID, which is the access_key, and the application key, which is the secret_key and is shown this once. On the web page (Application Keys, Add a New Application Key) choose ${bucket}, Read and Write, and as File name prefix ${prefix || 'nothing'}; such a key may do a little more than the command's. A key with a prefix needs the same path_prefix here. The master application key does not work with the S3 API.`,
    documents: [
      { title: 'Capabilities', format: 'text', content: `${capabilities.join('\n')}\n` },
      {
        title: 'Command',
        format: 'shell',
        content: `b2 key create --bucket ${bucket}${namePrefix} ${keyName} ${capabilities.join(',')}\n`,
      },
    ],
    optional: [
      { permission: 'listFiles', lost: 'Usage cannot be measured.' },
      { permission: 'listBuckets', lost: 'A test cannot ask whether the bucket exists; it finds out by writing.' },
    ],
  };
}
