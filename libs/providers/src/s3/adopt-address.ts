import type { Provider } from '@stowage/contracts';
import { completeAddress, type Endpoint, formatHost, parseEndpoint } from '../endpoint.js';
import type { FieldCheck } from '../field-check.js';
import { normalisePathPrefix } from '../path-prefix.js';
import { AWS_S3, BACKBLAZE_B2, CLOUDFLARE_R2 } from './fields.js';
import { type PastedAddress, readPastedAddress } from './pasted-address.js';

const NOT_VENDOR = 'endpoint.not_vendor';
const LABELS: Partial<Record<Provider, string>> = Object.fromEntries(
  [AWS_S3, BACKBLAZE_B2, CLOUDFLARE_R2].map(({ provider, label }) => [provider, label]),
);

/** The address of a service as people copy it: without its protocol, or with the bucket behind it. */
export function takeServiceEndpoint(check: FieldCheck): void {
  const { fields } = check;
  const text = fields.endpoint_url;
  if (text === null) return;
  const pasted = readPasted(text);
  if (pasted !== null) {
    fields.endpoint_url = null;
    return pasted.provider === undefined ? adoptPlace(check, pasted) : refuseConsole(check, pasted.provider);
  }
  const endpoint = check.parse('endpoint_url', 'config.endpoint_url', () =>
    parseEndpoint(completeAddress(text, 'https'), ['https', 'http']),
  );
  if (endpoint === null) return;
  fields.endpoint_url = originOf(endpoint);
  const path = withoutConsole(endpoint.path);
  if (path !== '') takePath(check, path, fields.endpoint_url);
  if (fields.endpoint_url !== text && !isSameOrigin(text, fields.endpoint_url)) {
    check.warn('config.endpoint_url', `endpoint_url is kept as ${fields.endpoint_url}`);
  }
}

/**
 * Where the console of MinIO shows a bucket: /browser/<bucket>/<folder>, /buckets/<bucket>/admin/…. What comes behind the
 * bucket is the console's own; its other pages name none.
 */
function withoutConsole(path: string): string {
  if (/^(login|browser|buckets)$/.test(path)) return '';
  return /^(?:browser|buckets)\/([^/]+)/.exec(path)?.[1] ?? path;
}

/** A bare slash behind it, the usual port and capitals are no change worth a word; every other spelling is. */
const isSameOrigin = (text: string, origin: string): boolean => {
  const usualPort = origin.startsWith('https:') ? /:443$/ : /:80$/;
  return text.toLowerCase().replace(/\/$/, '').replace(usualPort, '') === origin;
};

function takePath(check: FieldCheck, path: string, origin: string): void {
  const { bucket } = check.fields;
  const [first = '', ...rest] = path.split('/');
  if (bucket !== null && bucket !== first) {
    const message = `endpoint_url must not contain a path: use ${origin}`;
    return check.refuse('endpoint_url', 'config.endpoint_url', message);
  }
  adoptPlace(check, { bucket: first, prefix: rest.join('/') });
}

function originOf({ scheme, host, port }: Endpoint): string {
  return new URL(`${scheme}://${formatHost(host)}${port === null ? '' : `:${port}`}`).origin;
}

/**
 * Reads the vendor's own address that people paste, and clears the field. Null when it is none: refused.
 * Undefined when there is none to read.
 *
 * @param reasons why a host that looks like the vendor's is none
 */
export function takePasted(
  check: FieldCheck,
  vendorHost: RegExp,
  reasons: [RegExp, string][] = [],
): PastedAddress | null | undefined {
  const text = check.fields.endpoint_url;
  if (text === null) return undefined;
  check.fields.endpoint_url = null;
  const pasted = readPasted(text);
  if (pasted?.provider !== undefined && pasted.provider !== check.provider) {
    refuseConsole(check, pasted.provider);
    return null;
  }
  if (pasted !== null) {
    if (Object.values(pasted).every((named) => named === undefined || named === check.provider)) {
      check.refuse(
        'endpoint_url',
        NOT_VENDOR,
        'endpoint_url is a page that names no storage; fill in the other fields',
      );
      return null;
    }
    adoptPlace(check, pasted);
    return pasted;
  }
  const endpoint = check.parse('endpoint_url', NOT_VENDOR, () =>
    parseEndpoint(completeAddress(withoutQuery(text), 'https'), ['https', 'http']),
  );
  if (endpoint === null) return null;
  const match = vendorHost.exec(endpoint.host);
  if (match === null || (endpoint.port !== null && endpoint.port !== 443 && endpoint.port !== 80)) {
    const [, reason] = reasons.find(([host]) => host.test(endpoint.host)) ?? [];
    check.refuse(
      'endpoint_url',
      NOT_VENDOR,
      `${endpoint.host} ${reason ?? 'is not an endpoint of this provider; choose MinIO for other S3 services'}`,
    );
    return null;
  }
  const parts: PastedAddress = { ...match.groups };
  const segments = endpoint.path.split('/').filter((segment) => segment !== '');
  const bucket = parts.bucket ?? segments.shift();
  adoptPlace(check, { bucket, prefix: segments.join('/') });
  return parts;
}

/** Of a vendor's endpoint nothing but host and path is read; a presigned link has its signature behind them. */
const withoutQuery = (text: string): string => text.replace(/[?#].*$/s, '');

function refuseConsole(check: FieldCheck, provider: Provider): void {
  const message = `endpoint_url is an address of ${LABELS[provider]}; choose that provider`;
  check.refuse('endpoint_url', NOT_VENDOR, message);
}

function readPasted(text: string): PastedAddress | null {
  return readPastedAddress(text.trim()) ?? readPastedAddress(completeAddress(text, 'https'));
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
export function adopt(
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
