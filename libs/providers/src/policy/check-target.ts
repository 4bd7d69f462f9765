import type { Provider, StorageFields } from '@stowage/contracts';
import { checkPathPrefix, refuseForeignFields, requireFields } from '../check-fields.js';
import { DESCRIPTIONS } from '../descriptions.js';
import { FieldCheck, NO_FIELDS } from '../field-check.js';
import { checkDirectory } from '../host-rules.js';
import { checkAwsS3, checkBucket, checkCloudflareR2 } from '../s3/rules.js';
import type { PolicyTarget } from './storage-policy.js';

const RULES: Record<Provider, (check: FieldCheck) => void> = {
  aws_s3: checkAwsS3,
  cloudflare_r2: checkCloudflareR2,
  backblaze_b2: checkBucket,
  minio: checkBucket,
  sftp: checkDirectory,
  ftp: checkDirectory,
};

/** Neither a wildcard nor a variable of a policy, nor anything that a shell or a configuration file would read. */
const PLAIN = /^[\p{L}\p{N}._+@=,/-]*$/u;

/** The fields of a storage as far as a policy needs them; the shape was checked before. */
export type PolicyInput = Pick<StorageFields, keyof StorageFields>;

/** @throws StowageError `request.validation` with all problems at once, or `endpoint.not_vendor` */
export function checkTarget(provider: Provider, input: PolicyInput, egressIps: readonly string[]): PolicyTarget {
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  const { bucket = null, path_prefix = null, region = null, account_id = null } = input;
  const { endpoint_url = null, jurisdiction = null } = input;
  const fields = { ...NO_FIELDS, bucket, path_prefix, region, account_id, endpoint_url, jurisdiction };
  const check = new FieldCheck(provider, fields, {}, new Set(given.map(([name]) => name)));

  refuseForeignFields(check, DESCRIPTIONS[provider]);
  checkPathPrefix(check);
  RULES[provider](check);
  requireFields(check, { ...DESCRIPTIONS[provider], fields: DESCRIPTIONS[provider].fields.filter(isBucket) });
  refuseSpecialCharacters(check);
  check.throwProblems();
  return {
    bucket: check.fields.bucket,
    prefix: check.fields.path_prefix ?? '',
    region: check.fields.region,
    accountId: check.fields.account_id,
    jurisdiction: check.fields.jurisdiction,
    egressIps,
  };
}

function isBucket({ name }: { name: string }): boolean {
  return name === 'bucket';
}

function refuseSpecialCharacters(check: FieldCheck): void {
  for (const field of ['bucket', 'path_prefix'] as const) {
    if (check.refused.has(field) || PLAIN.test(check.fields[field] ?? '')) continue;
    check.refuse(
      field,
      `config.${field === 'bucket' ? 'directory' : field}`,
      `${field} may hold only letters, digits and . _ + @ = , / - here, because it becomes part of commands and configuration files`,
    );
  }
}
