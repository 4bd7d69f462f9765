import type { OrganizationPermission } from '@stowage/contracts';
import { type Caller, notFound } from '@stowage/permissions';

/**
 * Whether the caller may touch a row, once it is known whose it is; null = the platform's own.
 * @throws StowageError `request.not_found` for a row that the caller must not know of, `permission.denied`
 */
export type RowAccess = (organizationId: string | null) => void;

/** Rows of organizations where the caller holds the permission. */
export function inItsOrganization(caller: Caller, permission: OrganizationPermission): RowAccess {
  return (organizationId) => caller.requireIn(organizationId, permission);
}

/** The platform's own rows only; that the caller may act for the platform, the guard has settled. */
export const ofThePlatform: RowAccess = (organizationId) => {
  if (organizationId !== null) throw notFound();
};
