import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { StowageError } from '@stowage/contracts';
import type { FastifyRequest } from 'fastify';
import { unknownField } from './field-errors.js';

/**
 * A handler that names no @Query() takes no query keys, and one that names no @Body() takes no body (none or `{}`). The
 * validation pipe sees only what a handler names, so without this the rest would be ignored in silence.
 */
@Injectable()
export class OnlyNamedInputInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const named = namedInputs(context);
    if (!named.has(RouteParamtypes.QUERY)) refuseKeys(request.query);
    if (!named.has(RouteParamtypes.BODY)) refuseBody(request.body);
    return next.handle();
  }
}

function namedInputs(context: ExecutionContext): Set<number> {
  const routeArguments: object =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ?? {};
  return new Set(Object.keys(routeArguments).map((key) => Number.parseInt(key, 10)));
}

function refuseBody(body: unknown): void {
  if (body === undefined) return;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw StowageError.validation([{ field: '', code: 'isObject', message: 'This request takes no body' }]);
  }
  refuseKeys(body);
}

function refuseKeys(values: unknown): void {
  const errors = Object.keys(values ?? {}).map(unknownField);
  if (errors.length > 0) throw StowageError.validation(errors);
}
