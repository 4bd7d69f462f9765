import { STORAGE_CLASSES } from '@stowage/contracts';
import { isIP } from 'node:net';
import type { FieldCheck } from '../field-check.js';
import { adopt, takePasted, takeServiceEndpoint } from './adopt-address.js';
import { checkKeyForms } from './key-forms.js';

/**
 * Hosts of AWS that take part in S3 and are no endpoint for us, and what to do instead.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html, .../transfer-acceleration.html
 */
const AWS_REASONS: [RegExp, string][] = [
  [/\bs3-website[.-]/, 'serves a website and takes no uploads; leave it out and fill in bucket and region'],
  [
    /\bs3-accelerate\./,
    'is Transfer Acceleration, which names no region; leave it out and fill in the region of the bucket',
  ],
  [/\bs3-accesspoint\./, 'is an access point; leave it out and fill in the bucket behind it and its region'],
  [/\bs3-control\./, 'administers S3 and holds no objects; leave it out and fill in bucket and region'],
];

/** AWS S3: https://docs.aws.amazon.com/general/latest/gr/s3.html */
export function checkAwsS3(check: FieldCheck): void {
  const { fields } = check;
  checkKeyForms(check);
  const pasted = takePasted(
    check,
    /^(?:(?<bucket>.+)\.)?s3(?:\.dualstack)?(?:[.-](?<region>[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}|external-1))?\.amazonaws\.(?:com(?:\.cn)?|eu)$/,
    AWS_REASONS,
  );
  // The name that us-east-1 had before regions had names.
  if (pasted) adopt(check, 'region', pasted.region === 'external-1' ? 'us-east-1' : (pasted.region ?? null));
  fields.region ??= 'us-east-1';
  if (!/^[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}$/.test(fields.region)) {
    check.refuse('region', 's3.region_invalid', `region ${fields.region} is not one of AWS, e.g. eu-west-1`);
  }
  checkBucket(check);
  checkStorageClass(check);
}

/** Cloudflare R2: https://developers.cloudflare.com/r2/api/s3/api/ and .../r2/reference/data-location/ */
export function checkCloudflareR2(check: FieldCheck): void {
  const { fields } = check;
  checkKeyForms(check);
  const pasted = takePasted(
    check,
    /^(?:(?<bucket>.+)\.)?(?<account>[0-9a-f]{32})(?:\.(?<jurisdiction>eu|fedramp))?\.r2\.cloudflarestorage\.com$/,
  );
  if (pasted) {
    adopt(check, 'account_id', pasted.account ?? null);
    adopt(check, 'jurisdiction', pasted.jurisdiction ?? null);
  }
  if (check.given.has('region') && fields.region !== 'auto') {
    check.refuse('region', 's3.region_invalid', 'region is always auto for Cloudflare R2; leave it out');
  }
  fields.region = 'auto';
  if (fields.account_id !== null) {
    const given = fields.account_id;
    fields.account_id = given.toLowerCase();
    if (fields.account_id !== given) check.warn('config.account_id', `account_id is kept as ${fields.account_id}`);
    if (!/^[0-9a-f]{32}$/.test(fields.account_id)) {
      check.refuse(
        'account_id',
        'config.account_id',
        'account_id must be the 32 hexadecimal characters of the R2 overview page',
      );
    }
  }
  if (fields.jurisdiction === 'default') fields.jurisdiction = null;
  checkBucket(check);
}

/** Backblaze B2: https://www.backblaze.com/docs/cloud-storage-call-the-s3-compatible-api */
export function checkBackblazeB2(check: FieldCheck): void {
  const { fields } = check;
  checkKeyForms(check);
  const regionWasGiven = check.given.has('region');
  const onlyRegionIsNew = regionWasGiven && !check.given.has('endpoint_url');
  if (onlyRegionIsNew) fields.endpoint_url = null;
  const pasted = takePasted(check, /^(?:(?<bucket>.+)\.)?s3\.(?<region>[a-z0-9-]+)\.backblazeb2\.com$/);
  if (pasted) adopt(check, 'region', pasted.region ?? null);
  if (fields.region === null) {
    if (pasted !== null) {
      check.refuse('endpoint_url', 'config.required', 'Endpoint or Region is required for Backblaze B2');
    }
    return checkBucket(check);
  }
  if (!/^[a-z]{2}-[a-z]+-\d{3}$/.test(fields.region)) {
    check.refuse('region', 's3.region_invalid', `region ${fields.region} is not one of Backblaze B2, e.g. us-west-004`);
  }
  fields.endpoint_url = `https://s3.${fields.region}.backblazeb2.com`;
  return checkBucket(check);
}

/** MinIO and whatever else speaks S3. */
export function checkMinio(check: FieldCheck): void {
  const { fields } = check;
  checkKeyForms(check);
  takeServiceEndpoint(check);
  if (fields.region !== null && !/^[a-z0-9][a-z0-9-]{0,62}$/i.test(fields.region)) {
    check.refuse(
      'region',
      's3.region_invalid',
      'region must be letters, digits and hyphens; leave it out if you know of none',
    );
  }
  checkBucket(check);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; ARNs and aliases would change the host. */
export function checkBucket(check: FieldCheck): void {
  const { bucket } = check.fields;
  if (bucket === null) return;
  const isName =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    !bucket.includes('..') &&
    isIP(bucket) === 0 &&
    !/(--x-s3|--ol-s3|-s3alias|\.mrap)$/.test(bucket);
  if (!isName) {
    check.refuse(
      'bucket',
      'container.name_invalid',
      'bucket must be a bucket name alone: 3 to 63 lower-case letters, digits, dots and hyphens',
    );
  }
}

function checkStorageClass(check: FieldCheck): void {
  const { storage_class: given } = check.fields;
  if (given === null || (STORAGE_CLASSES as readonly string[]).includes(given)) return;
  const isArchive = ['GLACIER', 'DEEP_ARCHIVE', 'OUTPOSTS', 'SNOW'].includes(given);
  check.refuse(
    'storage_class',
    isArchive ? 'object.archived' : 's3.storage_class',
    isArchive
      ? `storage_class ${given} cannot be read back at once, so a backup could not be restored; use GLACIER_IR for cold storage`
      : `storage_class must be one of ${STORAGE_CLASSES.join(', ')}`,
  );
}
