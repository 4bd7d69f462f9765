import type { Place } from '../place.js';
import type { Session } from '../session/session.js';
import { organizationOwner, type Owner, PLATFORM_OWNER } from './owner.js';

/** Null when the session grants nothing that could be shown. */
export function ownerOf({ platform, organizationId }: Place, { claims }: Session): Owner | null {
  const organizations = Object.keys(claims.organizations);
  if (claims.isPlatformAdministrator && (platform || organizations.length === 0)) return PLATFORM_OWNER;
  const chosen = organizations.find((id) => id === organizationId) ?? organizations[0];
  return chosen === undefined ? null : ownerOfOrganization(chosen);
}

const owners = new Map<string, Owner>();

function ownerOfOrganization(id: string): Owner {
  const known = owners.get(id) ?? organizationOwner(id);
  owners.set(id, known);
  return known;
}
