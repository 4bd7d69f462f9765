import type { Provider } from '@stowage/contracts';

/** What an address names that a person copied from somewhere, as far as it is of use. */
export interface PastedAddress {
  /** Whose console it is; left out where any provider may be meant. */
  provider?: Provider;
  bucket?: string;
  region?: string;
  account?: string;
  jurisdiction?: string;
  prefix?: string;
}

/**
 * The number of a cluster, as in the download host f004.backblazeb2.com, ends the name of its region. Backblaze lists its
 * regions without the numbers (https://www.backblaze.com/docs/cloud-storage-data-regions); these are the S3 endpoints that
 * are in use.
 */
const B2_REGION_OF_CLUSTER: Record<string, string> = {
  '000': 'us-west-000',
  '001': 'us-west-001',
  '002': 'us-west-002',
  '003': 'eu-central-003',
  '004': 'us-west-004',
  '005': 'us-east-005',
  '006': 'ca-east-006',
};

/**
 * Reads the pages of vendors' consoles, links to objects, ARNs and `s3://bucket/prefix`; null for whatever else, such as an
 * endpoint. Never throws.
 */
export function readPastedAddress(text: string): PastedAddress | null {
  const arn = /^arn:aws[a-z-]*:s3:::(?<bucket>[^/]+)(?:\/(?<prefix>[^*]*)\*?)?$/.exec(text);
  if (arn) return { bucket: arn.groups?.bucket, prefix: arn.groups?.prefix || undefined };
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const path = url.pathname.split('/').slice(1).map(decoded);
  if (url.protocol === 's3:') return { bucket: decoded(url.hostname), prefix: path.join('/') || undefined };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.hostname === 'dash.cloudflare.com') return readCloudflareDashboard(url, path);
  if (/(^|\.)console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$/.test(url.hostname)) {
    return readAwsConsole(url, path);
  }
  if (url.hostname === 'secure.backblaze.com') return { provider: 'backblaze_b2' };
  const cluster = /^f(\d{3})\.backblazeb2\.com$/.exec(url.hostname)?.[1];
  return cluster === undefined || path[0] !== 'file' ? null : readB2Link(cluster, path.slice(1));
}

/** `/<account>/r2[/<jurisdiction>]/buckets/<bucket>` */
function readCloudflareDashboard({ searchParams }: URL, [account = '', ...path]: string[]): PastedAddress {
  const at = path.indexOf('buckets');
  const before = path[at - 1] ?? '';
  return {
    provider: 'cloudflare_r2',
    account: /^[0-9a-f]{32}$/i.test(account) ? account.toLowerCase() : undefined,
    jurisdiction: ['default', 'eu', 'fedramp'].includes(before) ? before : undefined,
    bucket: (at >= 0 && path[at + 1]) || undefined,
    prefix: searchParams.get('prefix') || undefined,
  };
}

/** `/s3/buckets/<bucket>` with the region in the query, else in the host; the prefix of an object's page is its key. */
function readAwsConsole({ hostname, searchParams }: URL, [, page = '', bucket]: string[]): PastedAddress {
  const isOfBucket = page === 'buckets' || page === 'object';
  const prefix = searchParams.get('prefix') ?? '';
  return {
    provider: 'aws_s3',
    region: searchParams.get('region') ?? /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\.console\./.exec(hostname)?.[1],
    bucket: (isOfBucket && bucket) || undefined,
    prefix: (page === 'object' ? folderOf(prefix) : prefix) || undefined,
  };
}

/** `/file/<bucket>/<key>` */
function readB2Link(cluster: string, [bucket, ...key]: string[]): PastedAddress {
  return {
    provider: 'backblaze_b2',
    region: B2_REGION_OF_CLUSTER[cluster],
    bucket: bucket || undefined,
    prefix: folderOf(key.join('/')) || undefined,
  };
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
