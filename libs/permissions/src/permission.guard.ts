import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { isUUID } from 'class-validator';
import { bearerTokenOf, type IncomingRequest, rememberCaller } from './authenticated-request.js';
import type { Caller } from './caller.js';
import { type OrganizationSource, type RouteAccess, routeAccessOf } from './route-access.js';
import { TokenVerifier } from './token-verifier.js';

/** Authenticates every request, and authorises it as far as the request alone tells. */
@Injectable()
export class PermissionGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = routeAccessOf(context.getHandler());
    if (!access) return false;
    if (access.to === 'everyone') return true;
    const request = context.switchToHttp().getRequest<IncomingRequest>();
    const caller = await this.tokens.verify(bearerTokenOf(request));
    rememberCaller(request, caller);
    authorize(caller, access, request);
    return true;
  }
}

function authorize(caller: Caller, access: RouteAccess, request: IncomingRequest): void {
  if (access.to === 'platform') caller.requireOnPlatform(access.permission);
  if (access.to === 'organization' && access.organization !== 'row') {
    caller.requireIn(organizationIdIn(access.organization, request), access.permission);
  }
}

function organizationIdIn(source: Exclude<OrganizationSource, 'row'>, request: IncomingRequest): string {
  const { organization_id: id } = (source === 'query' ? request.query : request.params) as Record<string, unknown>;
  if (Array.isArray(id)) {
    throw new StowageError('request.duplicate_parameter', 'organization_id must be given once');
  }
  if (typeof id !== 'string' || !isUUID(id, 'all')) {
    throw StowageError.validation([
      { field: 'organization_id', code: 'isUuid', message: 'organization_id must be a UUID' },
    ]);
  }
  return id;
}
