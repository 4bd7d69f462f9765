import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { Caller } from './caller.js';
import { unauthenticated } from './refusals.js';
import { readClaims } from './token-claims.js';

/** Either a shared secret (HS256) or a URL of public keys (RS256, ES256, EdDSA): with both, one could pass for the other. */
export type TokenVerifierOptions = ({ secret: string } | { jwksUrl: string }) & {
  /** Required value of `iss`; null = not compared. */
  issuer: string | null;
  /** Required value of `aud`; null = not compared. */
  audience: string | null;
};

const MAX_TOKEN_BYTES = 8 * 1024;
const CLOCK_TOLERANCE_S = 30;
const JWKS_TIMEOUT_MS = 2_000;
const JWKS_COOLDOWN_MS = 30_000;
/** RFC 7518 section 3.2: an HS256 key must be at least as long as the hash. */
const MIN_SECRET_BYTES = 32;

@Injectable()
export class TokenVerifier {
  private readonly key: Uint8Array | JWTVerifyGetKey;
  private readonly rules: JWTVerifyOptions;

  /** @throws Error when the secret or the URL is not fit for it */
  constructor(options: TokenVerifierOptions) {
    this.key = 'secret' in options ? secretKey(options.secret) : remoteKeys(options.jwksUrl);
    this.rules = {
      algorithms: 'secret' in options ? ['HS256'] : ['RS256', 'ES256', 'EdDSA'],
      issuer: options.issuer ?? undefined,
      audience: options.audience ?? undefined,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_S,
    };
  }

  /**
   * @throws StowageError `request.unauthenticated` for every fault of the token, `request.unavailable` when the public
   * keys cannot be fetched
   */
  async verify(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_BYTES) throw unauthenticated();
    try {
      const { payload } = await this.verifySignature(token);
      if (payload.iat !== undefined && payload.iat > Date.now() / 1000 + CLOCK_TOLERANCE_S) throw unauthenticated();
      return new Caller(readClaims(payload));
    } catch (error) {
      throw error instanceof StowageError ? error : unauthenticated(error);
    }
  }

  private verifySignature(token: string) {
    // Two overloads of jwtVerify, one for each kind of key.
    return typeof this.key === 'function'
      ? jwtVerify(token, this.key, this.rules)
      : jwtVerify(token, this.key, this.rules);
  }
}

function secretKey(secret: string): Uint8Array {
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) throw new Error(`must be at least ${MIN_SECRET_BYTES} bytes long`);
  if (secret.includes('-----BEGIN')) throw new Error('is a PEM key; a shared secret is wanted here');
  return bytes;
}

function remoteKeys(jwksUrl: string): JWTVerifyGetKey {
  const url = new URL(jwksUrl);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) throw new Error('must be an https URL');
  const keys = createRemoteJWKSet(url, { timeoutDuration: JWKS_TIMEOUT_MS, cooldownDuration: JWKS_COOLDOWN_MS });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      throw isFaultOfToken(error) ? error : keysUnavailable(error);
    }
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function isFaultOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

function keysUnavailable(cause: unknown): StowageError {
  const detail = 'Tokens cannot be verified at the moment. Try again in a few seconds.';
  return new StowageError('request.unavailable', detail, { retryAfter: 5, cause });
}
