import type { OrganizationPermission, PlatformPermission } from '@stowage/contracts';
import { SignJWT } from 'jose';

export interface DevelopmentTokenOptions {
  /** JWT_SECRET. */
  secret: string;
  subject: string;
  /** Permission codes by organization id. */
  organizations: Record<string, OrganizationPermission[]>;
  platform?: PlatformPermission[];
  issuer?: string | null;
  audience?: string | null;
  /** Seconds from now. Default 12 hours. */
  lifetimeS?: number;
}

const TWELVE_HOURS_S = 12 * 60 * 60;

/** A token as an identity provider would issue it, for development and tests (HS256). */
export async function signDevelopmentToken(options: DevelopmentTokenOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT({ orgs: options.organizations, platform: options.platform ?? [] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(options.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + (options.lifetimeS ?? TWELVE_HOURS_S));
  if (options.issuer) token.setIssuer(options.issuer);
  if (options.audience) token.setAudience(options.audience);
  return token.sign(Buffer.from(options.secret));
}
