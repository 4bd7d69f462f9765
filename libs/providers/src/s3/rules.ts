import { STORAGE_CLASSES } from '@stowage/contracts';
import { isIP } from 'node:net';
import { type Endpoint, formatHost, parseEndpoint } from '../endpoint.js';
import type { FieldCheck } from '../field-check.js';
import { normalisePathPrefix } from '../path-prefix.js';
import { checkKeyForms } from './key-forms.js';
import { type PastedAddress, readPastedAddress } from './pasted-address.js';

const NOT_VENDOR = 'endpoint.not_vendor';

/** AWS S3: https://docs.aws.amazon.com/general/latest/gr/s3.html */
export function checkAwsS3(check: FieldCheck): void {
  const { fields } = check;
  checkKeyForms(check);
  const pasted = takePasted(check, /^(?:(?<bucket>.+)\.)?s3(?:[.-](?<region>[a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?$/);
  if (pasted) adopt(check, 'region', pasted.region ?? null);
  fields.region ??= 'us-east-1';
  if (!/^[a-z]{2}(-[a-z]+){1,2}-\d{1,2}$/.test(fields.region)) {
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
    fields.account_id = fields.account_id.toLowerCase();
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

/** The address of a service as people copy it: without its protocol, or with the bucket behind it. */
function takeServiceEndpoint(check: FieldCheck): void {
  const { fields } = check;
  const text = fields.endpoint_url;
  if (text === null) return;
  const pasted = readPastedAddress(text);
  if (pasted !== null) {
    fields.endpoint_url = null;
    return pasted.provider === undefined ? adoptPlace(check, pasted) : refuseConsole(check);
  }
  const endpoint = check.parse('endpoint_url', 'config.endpoint_url', () => parseServiceEndpoint(withScheme(text)));
  if (endpoint === null) return;
  fields.endpoint_url = originOf(endpoint);
  if (!text.includes('://')) check.warn('config.endpoint_url', `endpoint_url was completed to ${fields.endpoint_url}`);
  takePath(check, endpoint);
}

/** @throws BadEndpoint */
function parseServiceEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text, ['https', 'http']);
  // The console of MinIO shows a bucket at /browser/<bucket>.
  return { ...endpoint, path: endpoint.path.replace(/^browser\//, '') };
}

function takePath(check: FieldCheck, endpoint: Endpoint): void {
  if (endpoint.path === '') return;
  const { bucket } = check.fields;
  const [first = '', ...rest] = endpoint.path.split('/');
  if (bucket !== null && bucket !== first) {
    const message = `endpoint_url must not contain a path: use ${originOf(endpoint)}`;
    return check.refuse('endpoint_url', 'config.endpoint_url', message);
  }
  if (bucket === first) {
    check.warn(
      'config.endpoint_url',
      `the bucket was taken out of endpoint_url, which is kept as ${originOf(endpoint)}`,
    );
  }
  adoptPlace(check, { bucket: first, prefix: rest.join('/') });
}

const withScheme = (text: string): string => (text.includes('://') ? text : `https://${text}`);

function originOf({ scheme, host, port }: Endpoint): string {
  return new URL(`${scheme}://${formatHost(host)}${port === null ? '' : `:${port}`}`).origin;
}

/**
 * Reads the vendor's own address that people paste, and clears the field. Null when it is none: refused.
 * Undefined when there is none to read.
 */
function takePasted(check: FieldCheck, vendorHost: RegExp): PastedAddress | null | undefined {
  const text = check.fields.endpoint_url;
  if (text === null) return undefined;
  check.fields.endpoint_url = null;
  const pasted = readPastedAddress(text);
  if (pasted !== null && pasted.provider !== undefined && pasted.provider !== check.provider) {
    refuseConsole(check);
    return null;
  }
  if (pasted !== null) {
    adoptPlace(check, pasted);
    return pasted;
  }
  const endpoint = check.parse('endpoint_url', NOT_VENDOR, () => parseEndpoint(withScheme(text), ['https', 'http']));
  if (endpoint === null) return null;
  const match = vendorHost.exec(endpoint.host);
  if (match === null || (endpoint.port !== null && endpoint.port !== 443 && endpoint.port !== 80)) {
    check.refuse(
      'endpoint_url',
      NOT_VENDOR,
      `${endpoint.host} is not an endpoint of this provider; choose MinIO for other S3 services`,
    );
    return null;
  }
  const parts: PastedAddress = { ...match.groups };
  const segments = endpoint.path.split('/').filter((segment) => segment !== '');
  const bucket = parts.bucket ?? segments.shift();
  adoptPlace(check, { bucket, prefix: segments.join('/') });
  return parts;
}

function refuseConsole(check: FieldCheck): void {
  const message = 'endpoint_url is a page of the console of another provider; choose that provider';
  check.refuse('endpoint_url', NOT_VENDOR, message);
}

/** Bucket and prefix; what else an address names differs from vendor to vendor. */
function adoptPlace(check: FieldCheck, { bucket, prefix }: PastedAddress): void {
  adopt(check, 'bucket', bucket ?? null);
  if (!prefix || check.given.has('path_prefix')) return;
  adopt(
    check,
    'path_prefix',
    check.parse('endpoint_url', 'config.path_prefix', () => normalisePathPrefix(prefix)),
  );
}

/** Takes a value out of a pasted address, unless the request itself says another. */
function adopt(
  check: FieldCheck,
  field: 'bucket' | 'region' | 'account_id' | 'jurisdiction' | 'path_prefix',
  value: string | null,
): void {
  if (value === null) return;
  const current = check.fields[field];
  if (check.given.has(field) && current !== null && current.toLowerCase() !== value) {
    return check.refuse(
      field,
      'config.conflict',
      `${field} says ${current}, but endpoint_url says ${value}; correct one of them`,
    );
  }
  if (current === value) return;
  Object.assign(check.fields, { [field]: value });
  check.warn('config.taken_from_endpoint', `${field} ${value} was taken from endpoint_url`);
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
