import {
  type BackupEventName,
  type CommandName,
  EXCHANGES,
  type GatewayMethod,
  QUEUES,
  type RpcMethod,
} from '@stowage/contracts';
import { applyDecorators, UseFilters } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { rawErrors } from './raw-errors.filter.js';

/** Where a handler's messages come from, and what its outcome means. */
export interface Route {
  kind: 'event' | 'service-request' | 'gateway-request';
  queue: string;
  exchange: string;
  routingKey: string;
}

/** A command of a service. Returning acknowledges it. */
export const OnCommand = (name: CommandName): MethodDecorator =>
  handles({ kind: 'event', queue: QUEUES.commands, exchange: EXCHANGES.commands, routingKey: name });

/** An event of the backup service. Returning acknowledges it. */
export const OnBackupEvent = (name: BackupEventName): MethodDecorator =>
  handles({ kind: 'event', queue: QUEUES.backupEvents, exchange: EXCHANGES.backupEvents, routingKey: name });

/** A question of a service. What is returned is the reply, as it is. */
export const OnServiceRequest = (method: RpcMethod): MethodDecorator =>
  handles({ kind: 'service-request', queue: QUEUES.rpc, exchange: EXCHANGES.rpc, routingKey: method });

/** A request of the gateway. What is returned becomes `{ok: true, result}`, what is thrown `{ok: false, error}`. */
export const OnGatewayRequest = (method: GatewayMethod): MethodDecorator =>
  handles({
    kind: 'gateway-request',
    queue: method === 'storage.test' ? QUEUES.probe : QUEUES.gateway,
    exchange: EXCHANGES.gateway,
    routingKey: method,
  });

function handles(route: Route): MethodDecorator {
  const pattern = `${route.exchange}:${route.routingKey}`;
  const onPattern = route.kind === 'event' ? EventPattern(pattern, { route }) : MessagePattern(pattern, { route });
  return applyDecorators(onPattern as MethodDecorator, letRawErrorsThrough);
}

const letThrough = new WeakSet<object>();

/**
 * On the class, and by a method decorator: these run before the decorators of the class, and NestJS asks the filters of
 * method and class last-named first. So the filters that a controller names itself go before this one.
 */
const letRawErrorsThrough: MethodDecorator = (target) => {
  if (letThrough.has(target.constructor)) return;
  letThrough.add(target.constructor);
  UseFilters(rawErrors)(target.constructor);
};
