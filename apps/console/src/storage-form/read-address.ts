import type { Provider } from '../api/types.js';

type Fields = Record<string, string>;
type Reader = (url: URL) => Fields | null;

/**
 * What an address that somebody pastes says of a storage, by field name; null when it says nothing that the provider has a
 * field for. Takes what dashboards and command lines show, as the API does (a test holds the two together): pages of
 * consoles, endpoints, bucket URLs, links, ARNs, `s3://`, `sftp://user@host/folder`.
 */
export function readAddress(provider: Provider, pasted: string): Fields | null {
  const url = parseUrl(pasted);
  return url && withoutEmpty(READERS[provider](url));
}

const R2_HOST = /^(?:(.+)\.)?([0-9a-f]{32})(?:\.(eu|fedramp))?\.r2\.cloudflarestorage\.com$/;
const AWS_HOST = /^(?:(.+)\.)?s3[.-](?:dualstack\.)?([a-z]{2,4}(?:-[a-z]+)+-\d)\.amazonaws\.(?:com(?:\.cn)?|eu)$/;
const AWS_GLOBAL_HOST = /^(?:(.+)\.)?s3(?:-external-1)?\.amazonaws\.com$/;
const AWS_CONSOLE = /(^|\.)console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$/;
const B2_HOST = /^(?:(.+)\.)?(s3\.[a-z]{2}-[a-z]+-\d{3}\.backblazeb2\.com)$/;
/** Where the console of MinIO shows a bucket; what comes behind the bucket is the console's own. */
const MINIO_CONSOLE = /^\/(?:browser|buckets)\/([^/]+)/;

/** https://www.backblaze.com/docs/cloud-storage-data-regions */
const B2_REGIONS: Record<string, string> = {
  f000: 'us-west-000',
  f001: 'us-west-001',
  f002: 'us-west-002',
  f003: 'eu-central-003',
  f004: 'us-west-004',
  f005: 'us-east-005',
  f006: 'ca-east-006',
};

const READERS: Record<Provider, Reader> = {
  aws_s3: (url): Fields | null => {
    if (url.protocol === 's3:') return { bucket: url.hostname, path_prefix: pathOf(url) };
    if (!isWeb(url)) return null;
    if (AWS_CONSOLE.test(url.hostname)) return awsConsole(url);
    const [, bucketInHost, region = ''] = AWS_HOST.exec(url.hostname) ?? regionless(url) ?? [];
    if (region === '') return null;
    if (bucketInHost) return { bucket: bucketInHost, region, path_prefix: pathOf(url) };
    return { ...bucketAndPrefix(url), region };
  },
  cloudflare_r2: (url): Fields | null => {
    if (url.hostname === 'dash.cloudflare.com') return cloudflareDashboard(url);
    const [, bucketInHost, account = '', jurisdiction = ''] = R2_HOST.exec(url.hostname) ?? [];
    if (account === '') return null;
    const place = bucketInHost ? { bucket: bucketInHost, path_prefix: pathOf(url) } : bucketAndPrefix(url);
    return { ...place, account_id: account, jurisdiction };
  },
  backblaze_b2: (url): Fields | null => {
    const region = B2_REGIONS[url.hostname.replace('.backblazeb2.com', '')];
    if (region !== undefined && url.pathname.startsWith('/file/')) {
      const [, bucket = '', ...key] = pathOf(url).split('/');
      return { bucket, path_prefix: folderOf(key.join('/')), endpoint_url: `s3.${region}.backblazeb2.com` };
    }
    const [, bucketInHost, endpoint = ''] = B2_HOST.exec(url.hostname) ?? [];
    if (endpoint === '') return null;
    if (bucketInHost) return { bucket: bucketInHost, endpoint_url: endpoint, path_prefix: pathOf(url) };
    return { ...bucketAndPrefix(url), endpoint_url: endpoint };
  },
  minio: (url): Fields | null => {
    if (!isWeb(url)) return null;
    if (/^\/(login|browser|buckets)\/?$/.test(url.pathname)) return { endpoint_url: url.origin };
    const bucketInConsole = MINIO_CONSOLE.exec(url.pathname)?.[1];
    if (bucketInConsole) return { bucket: bucketInConsole, endpoint_url: url.origin };
    return { ...bucketAndPrefix(url), endpoint_url: url.origin };
  },
  sftp: (url) => (/^(sftp|ssh):$/.test(url.protocol) ? serverFields(url) : null),
  ftp: (url) => {
    if (/^ftpe?s:$/.test(url.protocol)) {
      const isImplicit = url.protocol === 'ftps:' && url.port === '990';
      return { ...serverFields(url), tls: isImplicit ? 'implicit' : 'explicit' };
    }
    return url.protocol === 'ftp:' ? serverFields(url) : null;
  },
};

/** In quotes, its protocol left out or cut short. A bare word is no address. */
function parseUrl(pasted: string): URL | null {
  const bare = pasted.replaceAll(/^[\s\u200b"'<]+|[\s\u200b"'>]+$/g, '');
  const arn = /^arn:aws[a-z-]*:s3:::([^*]+)\*?$/.exec(bare)?.[1];
  if (arn !== undefined) return parse(`s3://${arn}`);
  const whole = bare.replace(/^(https?|s3|s?ftp|ftpe?s|ssh)(?::\/|\/\/)(?!\/)/i, '$1://').replace(/^\/\/+/, 'https://');
  if (/^[a-z0-9]+:\/\//i.test(whole)) return parse(whole);
  return /^[^\s/@:]+\.[^\s/@]+$|^[^\s/@:]+\.[^\s/@]+\//.test(whole) && isOfVendor(whole)
    ? parse(`https://${whole}`)
    : null;
}

/** Only such hosts are surely addresses where no protocol stands before them. */
const isOfVendor = (text: string): boolean =>
  /^[^/]*\b(amazonaws\.(com(\.cn)?|eu)|aws\.amazon\.com|cloudflare\.com|cloudflarestorage\.com|backblazeb2\.com)(\/|$)/i.test(
    text,
  );

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The oldest region is the one of addresses that name none. */
function regionless({ hostname }: URL): [string, string | undefined, string] | null {
  const match = AWS_GLOBAL_HOST.exec(hostname);
  return match && [match[0], match[1], 'us-east-1'];
}

function awsConsole(url: URL): Fields | null {
  const [, , page = '', bucket = ''] = decoded(url.pathname).split('/');
  if (bucket === '' || !['buckets', 'object'].includes(page)) return null;
  const prefix = url.searchParams.get('prefix') ?? '';
  const regionInHost = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\.console\./.exec(url.hostname)?.[1];
  return {
    bucket,
    region: url.searchParams.get('region') ?? regionInHost ?? '',
    path_prefix: page === 'object' ? folderOf(prefix) : prefix,
  };
}

/** `/<account>/r2[/<jurisdiction>]/buckets/<bucket>` */
function cloudflareDashboard(url: URL): Fields | null {
  const [, account = '', ...path] = decoded(url.pathname).split('/');
  if (!/^[0-9a-f]{32}$/i.test(account)) return null;
  const at = path.indexOf('buckets');
  const before = path[at - 1] ?? '';
  return {
    account_id: account.toLowerCase(),
    jurisdiction: ['eu', 'fedramp'].includes(before) ? before : '',
    bucket: (at >= 0 && path[at + 1]) || '',
    path_prefix: url.searchParams.get('prefix') ?? '',
  };
}

function serverFields(url: URL): Fields {
  return {
    host: url.hostname,
    port: url.port,
    access_key: decoded(url.username),
    bucket: pathOf(url).replace(/\/$/, ''),
  };
}

function bucketAndPrefix(url: URL): { bucket: string; path_prefix: string } {
  const [bucket = '', ...prefix] = pathOf(url).split('/');
  return { bucket, path_prefix: prefix.join('/') };
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';
const pathOf = ({ pathname }: URL): string => decoded(pathname).replace(/^\//, '');
const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutEmpty(fields: Fields | null): Fields | null {
  const given = Object.entries(fields ?? {}).filter(([, value]) => value !== '');
  return given.length === 0 ? null : Object.fromEntries(given);
}
