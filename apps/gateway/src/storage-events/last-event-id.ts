import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import type { FastifyRequest } from 'fastify';

/** As many digits as surely fit a bigint of PostgreSQL. */
const ID = /^\d{1,18}$/;

/** The `Last-Event-ID` header: the last event that the listener has, or null. */
export const LastEventId = createParamDecorator((_data: unknown, context: ExecutionContext): bigint | null => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  if (header === undefined || header === '') return null;
  if (typeof header === 'string' && ID.test(header)) return BigInt(header);
  throw StowageError.validation([
    { field: 'Last-Event-ID', code: 'format', message: 'Last-Event-ID must be the id of an event of this stream' },
  ]);
});
