import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import type { FastifyRequest } from 'fastify';

const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/** @throws StowageError `request.validation`, also for a header that is given twice (Node joins the two with a comma and a blank) */
function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && VISIBLE.test(header)) return header;
  throw StowageError.validation([
    { field: 'Idempotency-Key', code: 'format', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' },
  ]);
}

/** The `Idempotency-Key` header, or null. */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key']),
);
