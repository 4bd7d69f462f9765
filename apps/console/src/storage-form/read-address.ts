import type { Provider } from '../api/types.js';

type Fields = Record<string, string>;
type Reader = (url: URL) => Fields | null;

/**
 * What an address that somebody pastes says of a storage, by field name; null when it says nothing that the provider has a
 * field for. Takes what dashboards and command lines show: endpoints, bucket URLs, `s3://`, `sftp://user@host/folder`.
 */
export function readAddress(provider: Provider, pasted: string): Fields | null {
  const url = parseUrl(pasted.trim());
  return url && withoutEmpty(READERS[provider](url));
}

const R2_HOST = /^([0-9a-f]{32})(?:\.(eu|fedramp))?\.r2\.cloudflarestorage\.com$/;
const AWS_HOST = /^(?:(.+)\.)?s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;
const B2_HOST = /^(?:(.+)\.)?(s3\.[a-z]{2}-[a-z]+-\d{3}\.backblazeb2\.com)$/;

const READERS: Record<Provider, Reader> = {
  aws_s3: (url): Fields | null => {
    if (url.protocol === 's3:') return { bucket: url.hostname, path_prefix: pathOf(url) };
    const [, bucketInHost, region = ''] = AWS_HOST.exec(url.hostname) ?? [];
    if (region === '') return null;
    if (bucketInHost) return { bucket: bucketInHost, region, path_prefix: pathOf(url) };
    return { ...bucketAndPrefix(url), region };
  },
  cloudflare_r2: (url) => {
    const [, account = '', jurisdiction = ''] = R2_HOST.exec(url.hostname) ?? [];
    return account === '' ? null : { ...bucketAndPrefix(url), account_id: account, jurisdiction };
  },
  backblaze_b2: (url) => {
    const [, bucketInHost, endpoint = ''] = B2_HOST.exec(url.hostname) ?? [];
    if (endpoint === '') return null;
    if (bucketInHost) return { bucket: bucketInHost, endpoint_url: endpoint, path_prefix: pathOf(url) };
    return { ...bucketAndPrefix(url), endpoint_url: endpoint };
  },
  minio: (url) => (isWeb(url) ? { ...bucketAndPrefix(url), endpoint_url: url.origin } : null),
  sftp: (url) => (url.protocol === 'sftp:' ? serverFields(url) : null),
  ftp: (url) => {
    if (url.protocol === 'ftps:') return { ...serverFields(url), tls: 'implicit' };
    return url.protocol === 'ftp:' ? serverFields(url) : null;
  },
};

function parseUrl(pasted: string): URL | null {
  if (!/^[a-z0-9]+:\/\//i.test(pasted)) return null;
  try {
    return new URL(pasted);
  } catch {
    return null;
  }
}

function serverFields(url: URL): Fields {
  return {
    host: url.hostname,
    port: url.port,
    access_key: decodeURIComponent(url.username),
    bucket: decodeURIComponent(url.pathname).replace(/\/$/, ''),
  };
}

function bucketAndPrefix(url: URL): { bucket: string; path_prefix: string } {
  const [bucket = '', ...prefix] = pathOf(url).split('/');
  return { bucket, path_prefix: prefix.join('/') };
}

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';
const pathOf = ({ pathname }: URL): string => decodeURIComponent(pathname).replace(/^\//, '');

function withoutEmpty(fields: Fields | null): Fields | null {
  const given = Object.entries(fields ?? {}).filter(([, value]) => value !== '');
  return given.length === 0 ? null : Object.fromEntries(given);
}
