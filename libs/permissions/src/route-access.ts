import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { OrganizationPermission, PlatformPermission } from '@stowage/contracts';
import { callerOf } from './authenticated-request.js';

/** Who may call a route. */
export type RouteAccess =
  | { to: 'everyone' }
  | { to: 'authenticated' }
  | { to: 'organization'; permission: OrganizationPermission; organization: OrganizationSource }
  | { to: 'platform'; permission: PlatformPermission };

/**
 * Where the organization stands: in `?organization_id=`, in the path parameter `:organization_id`, or in the row that the
 * route addresses by its id. The guard settles the first two. The third it cannot know: there the service reads the row
 * and asks `caller.requireIn(row.organizationId, permission)`; an answer without that question is withheld.
 */
export type OrganizationSource = 'query' | 'path' | 'row';

const ROUTE_ACCESS = 'stowage:route-access';

/** The caller holds this permission in the organization that the request names. */
export function RequirePermission(
  permission: OrganizationPermission,
  { organization = 'query' }: { organization?: OrganizationSource } = {},
): MethodDecorator {
  return routeAccess({ to: 'organization', permission, organization });
}

/** The caller holds this permission on the platform. */
export function RequirePlatformPermission(permission: PlatformPermission): MethodDecorator {
  return routeAccess({ to: 'platform', permission });
}

/** Any valid token. */
export function Authenticated(): MethodDecorator {
  return routeAccess({ to: 'authenticated' });
}

/** No token needed. */
export function Public(): MethodDecorator {
  return routeAccess({ to: 'everyone' });
}

/** The `Caller` that the guard put on the request; undefined on a public route. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest()),
);

export function routeAccessOf(handler: object): RouteAccess | undefined {
  return Reflect.getMetadata(ROUTE_ACCESS, handler) as RouteAccess | undefined;
}

function routeAccess(access: RouteAccess): MethodDecorator {
  return (target, name, descriptor) => {
    if (routeAccessOf(descriptor.value as object)) {
      throw new Error(`${target.constructor.name}.${String(name)} says twice who may call it`);
    }
    SetMetadata(ROUTE_ACCESS, access)(target, name, descriptor);
  };
}
