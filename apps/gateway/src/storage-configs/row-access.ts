import type { OrganizationPermission } from '@stowage/contracts';
import type { Tenant } from '@stowage/entities';
import { type Caller, notFound } from '@stowage/permissions';

/** Which rows a caller may touch. */
export interface RowAccess {
  /** Among whose rows it is looked for. */
  tenants: readonly Tenant[];
  /**
   * Once it is known whose it is; null = the platform's own.
   * @throws StowageError `request.not_found` for a row that the caller must not know of, `permission.denied`
   */
  check(organizationId: Tenant): void;
}

/** Rows of organizations where the caller holds the permission. */
export function inItsOrganization(caller: Caller, permission: OrganizationPermission): RowAccess {
  return {
    tenants: caller.organizationIds,
    check: (organizationId) => caller.requireIn(organizationId, permission),
  };
}

/** The platform's own rows only; that the caller may act for the platform, the guard has settled. */
export const ofThePlatform: RowAccess = {
  tenants: [null],
  check: (organizationId) => {
    if (organizationId !== null) throw notFound();
  },
};
