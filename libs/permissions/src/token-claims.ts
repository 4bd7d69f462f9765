import { isUUID } from 'class-validator';
import type { JWTPayload } from 'jose';

/** In the name of whoever acts: it goes into the audit, which takes no line with controls or half a character. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** What a verified token says. Codes that nobody here knows are kept and grant nothing. */
export interface TokenClaims {
  sub: string;
  /** Seconds since the epoch. */
  exp: number;
  /** Codes by organization id in lower case; a member without any permission has an empty set. */
  orgs: ReadonlyMap<string, ReadonlySet<string>>;
  platform: ReadonlySet<string>;
}

export class BadClaims extends Error {
  override readonly name = 'BadClaims';
}

/** @throws BadClaims when a claim has another shape than documented; a bad claim is never read as an empty one. */
export function readClaims({ sub, exp, orgs = {}, platform = [] }: JWTPayload): TokenClaims {
  if (typeof sub !== 'string' || sub === '' || sub.length > 255 || UNPRINTABLE.test(sub)) throw new BadClaims('sub');
  if (typeof exp !== 'number') throw new BadClaims('exp');
  return { sub, exp, orgs: readOrganizations(orgs), platform: readCodes(platform, 'platform') };
}

function readOrganizations(orgs: unknown): TokenClaims['orgs'] {
  if (typeof orgs !== 'object' || orgs === null || Array.isArray(orgs)) throw new BadClaims('orgs');
  return new Map(
    Object.entries(orgs).map(([id, codes]) => {
      if (!isUUID(id, 'all')) throw new BadClaims('orgs');
      return [id.toLowerCase(), readCodes(codes, 'orgs')];
    }),
  );
}

function readCodes(codes: unknown, claim: string): ReadonlySet<string> {
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string')) throw new BadClaims(claim);
  return new Set<string>(codes);
}
