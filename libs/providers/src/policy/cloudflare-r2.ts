import type { PolicyDocument, PolicyTarget, StoragePolicy } from './storage-policy.js';

/** https://developers.cloudflare.com/r2/api/tokens/ */
export function cloudflareR2Policy(target: PolicyTarget): StoragePolicy {
  const { bucket, prefix } = target;
  const wholeBucket =
    prefix === '' ? '' : ` R2 tokens cannot be limited to ${prefix}: give the backups a bucket of their own.`;
  return {
    provider: 'cloudflare_r2',
    explanation: `An R2 API token that reads, writes, deletes and lists objects of ${bucket} only.${wholeBucket} An account token outlives the person who made it, a user token does not.`,
    documents: [
      { title: 'Token settings', format: 'text', content: tokenSettings(target) },
      ...(target.accountId === null ? [] : [accessPolicy(target, target.accountId)]),
    ],
    optional: [
      {
        permission: 'Admin Read & Write',
        lost: 'Nothing that backups need: lifecycle rules are set in the dashboard. Leave it out.',
      },
    ],
  };
}

function tokenSettings({ bucket, egressIps }: PolicyTarget): string {
  const addresses = egressIps.length === 0 ? [] : [`Client IP Address Filtering: Include ${egressIps.join(', ')}`];
  return `${[
    'R2, Overview, Manage API tokens, Create Account API token',
    'Token name: Stowage backups',
    'Permissions: Object Read & Write',
    `Specify buckets: Apply to specific buckets only, ${bucket}`,
    ...addresses,
  ].join('\n')}\n`;
}

/** For those who make tokens by `POST /accounts/{account_id}/tokens`. */
function accessPolicy({ bucket, jurisdiction }: PolicyTarget, accountId: string): PolicyDocument {
  const resource = `com.cloudflare.edge.r2.bucket.${accountId}_${jurisdiction ?? 'default'}_${bucket}`;
  const policy = {
    effect: 'allow',
    resources: { [resource]: '*' },
    permission_groups: [{ id: '2efd5506f9c8494dacb1fa10a3e7d5b6', name: 'Workers R2 Storage Bucket Item Write' }],
  };
  return {
    title: 'Access policy (for the API of Cloudflare)',
    format: 'json',
    content: `${JSON.stringify([policy], null, 2)}\n`,
  };
}
