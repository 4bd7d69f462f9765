import type { OrganizationPermission, Permission, PlatformPermission } from '@stowage/contracts';
import { notFound, permissionDenied } from './refusals.js';
import type { TokenClaims } from './token-claims.js';

/** Who asks, and what their token grants them. */
export class Caller {
  /** `sub` of the token. */
  readonly id: string;
  /** When the token ends; a stream must end with it. */
  readonly expiresAt: Date;
  private organizationsAsked = false;

  constructor(private readonly claims: TokenClaims) {
    this.id = claims.sub;
    this.expiresAt = new Date(claims.exp * 1000);
  }

  /**
   * Lets the caller pass who may do this in the organization that owns a row; null = a row of the platform's own, which
   * no organization sees. Handlers of routes with `organization: 'row'` must ask this before they answer.
   * @throws StowageError `request.not_found` without a claim on the organization, `permission.denied` without the
   * permission
   */
  requireIn(organizationId: string | null, permission: OrganizationPermission): void {
    this.organizationsAsked = true;
    const granted = organizationId === null ? undefined : this.claims.orgs.get(organizationId.toLowerCase());
    if (!granted) throw notFound();
    if (!grants(granted, permission)) throw permissionDenied(permission);
  }

  /** Those that the token claims, whatever it grants in them. */
  get organizationIds(): string[] {
    return [...this.claims.orgs.keys()];
  }

  /** @throws StowageError `permission.denied` */
  requireOnPlatform(permission: PlatformPermission): void {
    if (!grants(this.claims.platform, permission)) throw permissionDenied(permission);
  }

  /** Whether `requireIn` was called: what the check after a row route looks at. */
  wasAskedForOrganization(): boolean {
    return this.organizationsAsked;
  }
}

const ALL_OF_STORAGE = 'org.storage.*';

function grants(codes: ReadonlySet<string>, permission: Permission): boolean {
  return codes.has(permission) || (permission.startsWith('org.storage.') && codes.has(ALL_OF_STORAGE));
}
