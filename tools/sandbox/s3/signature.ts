import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.js';

export interface S3Account {
  access_key: string;
  secret_key: string;
  /** May read and list only. */
  readonly?: boolean;
}

export interface VerifiedRequest {
  account: S3Account;
  /** The value of `x-amz-content-sha256`: a hash, or how the body is framed. */
  payload: string;
  /** Computes the signature of what follows the request's own, chunk by chunk. */
  chain: SignatureChain;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/,\s]+)\/(?<scope>(?<date>\d{8})\/(?<region>[^/,\s]*)\/(?<service>s3)\/aws4_request), *SignedHeaders=(?<headers>[^,\s]+), *Signature=(?<signature>[0-9a-f]{64})$/;

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/**
 * AWS Signature Version 4 in the Authorization header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @throws S3Error
 */
export function verifySignature(request: IncomingMessage, accounts: S3Account[]): VerifiedRequest {
  const header = request.headers.authorization;
  if (!header) throw new S3Error('AccessDenied', 'Anonymous requests are not allowed; sign the Authorization header.');
  const parts = AUTHORIZATION.exec(header)?.groups as
    Record<'key' | 'scope' | 'headers' | 'signature', string> | undefined;
  if (!parts) throw new S3Error('AuthorizationHeaderMalformed', `The authorization header is not ${ALGORITHM} for s3.`);
  const account = accounts.find(({ access_key }) => access_key === parts.key);
  if (!account) {
    throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  }
  const timestamp = checkTime(request);
  const payload = headerOf(request, 'x-amz-content-sha256');
  if (!payload) throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  const chain = new SignatureChain(account.secret_key, timestamp, parts.scope, parts.signature);
  const expected = chain.sign(ALGORITHM, [sha256(canonicalRequest(request, parts.headers.split(';'), payload))]);
  if (!equal(expected, parts.signature)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return { account, payload, chain };
}

export class SignatureChain {
  readonly #key: Buffer;

  constructor(
    secret: string,
    private readonly timestamp: string,
    private readonly scope: string,
    private previous: string,
  ) {
    this.#key = scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secret}`) as Buffer;
  }

  sign(algorithm: string, lines: string[]): string {
    return hmac(this.#key, [algorithm, this.timestamp, this.scope, ...lines].join('\n')).toString('hex');
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
  checkChunk(signature: string | undefined, dataHash: string): void {
    this.#check(signature, `${ALGORITHM}-PAYLOAD`, [this.previous, sha256(''), dataHash]);
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
  checkTrailer(signature: string | undefined, trailer: string): void {
    this.#check(signature, `${ALGORITHM}-TRAILER`, [this.previous, sha256(trailer)]);
  }

  #check(signature: string | undefined, algorithm: string, lines: string[]): void {
    const expected = this.sign(algorithm, lines);
    if (!signature || !equal(expected, signature)) {
      throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk of the body does not match.');
    }
    this.previous = expected;
  }
}

const equal = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function checkTime(request: IncomingMessage): string {
  const timestamp = headerOf(request, 'x-amz-date') ?? '';
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  if (!year) throw new S3Error('AccessDenied', 'AWS authentication requires a valid x-amz-date header.');
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(Date.now() - at) <= MAX_SKEW_MS)) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
  return timestamp;
}

function canonicalRequest(request: IncomingMessage, signedHeaders: string[], payload: string): string {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const headers = signedHeaders.map(
    (name) => `${name}:${(headerOf(request, name) ?? '').trim().replace(/ +/g, ' ')}\n`,
  );
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    headers.join(''),
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

const canonicalPath = (path: string) =>
  path
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/');

const canonicalQuery = (query: string) =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return `${encode(decode(name))}=${encode(decode(value))}`;
    })
    .sort()
    .join('&');

/** RFC 3986: everything but the unreserved characters. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** @throws S3Error for a broken percent-encoding */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidArgument', 'The URL is not valid UTF-8 in percent-encoding.');
  }
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
