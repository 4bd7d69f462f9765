import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { GatewayRequest } from '@stowage/contracts';
import { type Caller, callerOf } from '@stowage/permissions';
import type { FastifyRequest } from 'fastify';

/** Who sent a request, and what it is called in logs, outcomes and the audit. */
export class Origin {
  constructor(
    readonly caller: Caller,
    readonly requestId: string,
    private readonly ip: string,
  ) {}

  /** What the worker is asked in the name of this caller. */
  asking<T extends Partial<GatewayRequest>>(question: T): GatewayRequest & T {
    return {
      actor: { id: this.caller.id, kind: 'user', ip: this.ip },
      request_id: this.requestId,
      idempotency_key: null,
      organization_id: null,
      storage_config_id: null,
      if_version: null,
      config: null,
      credentials: null,
      ...question,
    };
  }
}

/** For routes that need a token: the guard has put the caller on the request. */
export const From = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return new Origin(callerOf(request)!, request.id, request.ip);
});
