import { sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import { privateKeyOf, publicKeyOf } from './key-objects.js';

const ALGORITHM = 'EdDSA';
const TYPE = 'storage-reply+jws';
const ISSUER = 'storage-worker';
const SKEW_S = 5;

export type ReplyErrorReason =
  /** Not a JWS in compact form (RFC 7515 section 7.1) of a JSON object. */
  | 'malformed'
  /** Another algorithm, another type, or a header member beside alg, kid and typ. */
  | 'header'
  | 'unknown_key'
  | 'signature'
  | 'issuer'
  | 'expired'
  /** `iat` lies in the future. */
  | 'premature'
  /** Meant for another service. */
  | 'audience'
  /** Answers another request: its correlation id or nonce differs. */
  | 'other_request'
  | 'other_organization';

export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  constructor(readonly reason: ReplyErrorReason) {
    super(`The reply is not to be believed: ${reason}`);
  }
}

export interface ExpectedReply {
  /** Registry name of the service that asked. */
  aud: string;
  /** The request's correlation id; left out: not compared. Likewise the next two. */
  cid?: string;
  nonce?: string;
  organization_id?: string;
}

/** What every reply says of itself, beside what it answers. */
export interface ReplyClaims {
  iss: string;
  aud: string | null;
  cid: string | null;
  nonce: string | null;
  /** Whole seconds, as `exp`. */
  iat: number;
  exp: number;
  organization_id: string | null;
  ok: boolean;
  [member: string]: unknown;
}

/**
 * JWS compact (RFC 7515) with Ed25519 (RFC 8037). By node:crypto and synchronous: this runs once per reply, in 0.06 ms,
 * where a promise of WebCrypto costs several times that.
 */
export function signReply(payload: object, key: JWK): string {
  const signed = `${encode({ alg: ALGORITHM, kid: key.kid, typ: TYPE })}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKeyOf(key)).toString('base64url')}`;
}

/**
 * The payload of a reply that the worker made for this caller and this request, not long ago. A reply with `aud: null`
 * is believed only when it refuses: the worker then could not tell who asks.
 * @param now epoch milliseconds
 * @throws ReplyError
 */
export function verifyReply(
  jws: string,
  publicKeys: readonly JWK[],
  expected: ExpectedReply,
  now: number = Date.now(),
): ReplyClaims {
  const claims = authenticate(jws, publicKeys);
  checkTime(claims, now / 1000);
  checkPurpose(claims, expected);
  return claims;
}

function authenticate(jws: string, publicKeys: readonly JWK[]): ReplyClaims {
  const segments = typeof jws === 'string' && /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(jws);
  if (!segments) throw new ReplyError('malformed');
  const [, header, payload, signature] = segments as unknown as [string, string, string, string];
  const key = signerOf(decode(header), publicKeys);
  if (!verify(null, Buffer.from(`${header}.${payload}`), publicKeyOf(key), Buffer.from(signature, 'base64url'))) {
    throw new ReplyError('signature');
  }
  return decode(payload) as ReplyClaims;
}

function signerOf(header: Record<string, unknown>, publicKeys: readonly JWK[]): JWK {
  const { alg, typ, kid, ...others } = header;
  if (alg !== ALGORITHM || typ !== TYPE || Object.keys(others).length > 0) throw new ReplyError('header');
  const key = publicKeys.find(
    (candidate) =>
      typeof kid === 'string' && candidate.kid === kid && candidate.crv === 'Ed25519' && candidate.use !== 'enc',
  );
  if (!key) throw new ReplyError('unknown_key');
  return key;
}

function checkTime({ iat, exp }: ReplyClaims, nowS: number): void {
  if (!Number.isInteger(iat) || !Number.isInteger(exp)) throw new ReplyError('malformed');
  if (iat > nowS + SKEW_S) throw new ReplyError('premature');
  if (exp <= nowS - SKEW_S) throw new ReplyError('expired');
}

function checkPurpose(claims: ReplyClaims, expected: ExpectedReply): void {
  if (claims.iss !== ISSUER) throw new ReplyError('issuer');
  const toUnknownCaller = claims.aud === null && !claims.ok;
  if (claims.aud !== expected.aud && !toUnknownCaller) throw new ReplyError('audience');
  if (differs(claims.cid, expected.cid) || differs(claims.nonce, expected.nonce)) throw new ReplyError('other_request');
  if (differs(claims.organization_id, expected.organization_id)) throw new ReplyError('other_organization');
}

function differs(actual: string | null, expected: string | undefined): boolean {
  return expected !== undefined && actual !== expected;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(segment: string): Record<string, unknown> {
  const value = parse(Buffer.from(segment, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ReplyError('malformed');
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReplyError('malformed');
  }
}
