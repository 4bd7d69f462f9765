import { isIP } from 'node:net';

export interface Endpoint {
  scheme: string;
  /** Canonical: lower case, ASCII, addresses without brackets. */
  host: string;
  /** null: the usual one of the scheme. */
  port: number | null;
  /** Without the first slash; empty when there is none. */
  path: string;
  /** Where the caller takes one; null when there is none. */
  user: string | null;
}

export class BadEndpoint extends Error {
  override readonly name = 'BadEndpoint';
}

const SCHEMES = 'https?|s3|b2|arn|s?ftp|ftpe?s|ssh';
const CUT_SHORT = new RegExp(`^(${SCHEMES})(?::/|//)(?!/)`, 'i');

/** An address as people paste it: in quotes or between blanks, its protocol left out or cut short. Never throws. */
export function completeAddress(text: string, scheme: string): string {
  const bare = text.replaceAll(/^[\s\u200b"'<]+|[\s\u200b"'>]+$/g, '').replace(CUT_SHORT, '$1://');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(bare)) return bare;
  return `${scheme}://${bare.replace(/^\/\//, '')}`;
}

/**
 * The one parser of every address that a user names. Reads as browsers do (WHATWG URL), so that other spellings of an
 * address (0x7f.1, ①②⑦.0.0.1, full-width dots) are seen as what they lead to.
 * @throws BadEndpoint whose message completes "endpoint_url …"
 */
export function parseEndpoint(text: string, schemes: readonly string[], { mayNameUser = false } = {}): Endpoint {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    throw new BadEndpoint(`must begin with ${schemes.map((known) => `${known}://`).join(' or ')}`);
  }
  if (/^[^:]+:\/+[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw new BadEndpoint('must name its protocol once');
  if (/[\s\\]/.test(text)) throw new BadEndpoint('must not contain blanks or backslashes');
  const url = parseAsHttp(text.slice(scheme.length));
  if (url.password !== '') throw new BadEndpoint('must not contain a password; it belongs in secret_key');
  if (url.username !== '' && !mayNameUser) {
    throw new BadEndpoint('must not contain a user or password; they belong in access_key and secret_key');
  }
  if (/[?#]/.test(text)) throw new BadEndpoint('must not contain ? or #');
  if (url.port === '0') throw new BadEndpoint('must not have port 0');
  return {
    scheme,
    host: parseHost(url.hostname),
    port: explicitPort(text, url),
    path: decoded(url.pathname).replace(/^\/+|\/+$/g, ''),
    user: url.username === '' ? null : decoded(url.username),
  };
}

/** A host name or address by itself. @throws BadEndpoint whose message completes "host …" */
export function parseHost(text: string): string {
  if (/[\s\\/?#@%]/.test(text))
    throw new BadEndpoint('must be a name or an address alone, without path, user or blanks');
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.includes(':') && isIP(bare) === 0) throw new BadEndpoint('is not a valid host name or address');
  const host = parseAsHttp(`://${isIP(bare) === 6 ? `[${bare}]` : bare}`).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host)) return host;
  const labels = host.split('.');
  const isName = host.length <= 253 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (!isName) throw new BadEndpoint('is not a valid host name or address');
  return host;
}

export function formatHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BadEndpoint('is not a valid address');
  }
}

/** WHATWG folds hosts only of the special schemes, so every scheme is read as if it were http. */
function parseAsHttp(rest: string): URL {
  try {
    return new URL(`http${rest}`);
  } catch {
    throw new BadEndpoint('is not a valid address');
  }
}

/** `new URL` drops the port 80 of http, but the scheme here may be another. */
function explicitPort(text: string, url: URL): number | null {
  if (url.port !== '') return Number(url.port);
  return /^[^/]+:\/\/[^/]*:0*80(\/|$)/.test(text) ? 80 : null;
}
