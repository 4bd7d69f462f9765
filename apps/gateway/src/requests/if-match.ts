import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import type { FastifyRequest } from 'fastify';

/** RFC 9110 section 13.1.1: `*`, or a list of entity tags. */
const FORM = /^(\*|(W\/)?"[\x21\x23-\x7e]*"(\s*,\s*(W\/)?"[\x21\x23-\x7e]*")*)$/;

/** The `If-Match` header, or null. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): string | null => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  return header === undefined ? null : header;
});

/**
 * The version that the worker must find when it writes; null = any.
 * @param current the version that the gateway has just read
 * @throws StowageError `request.precondition_failed` when no tag of the header is that of the current version,
 * `request.validation` when it holds no tags at all
 */
export function versionToFind(ifMatch: string | null, current: number): number | null {
  if (ifMatch === null || ifMatch.trim() === '*') return null;
  if (!FORM.test(ifMatch.trim())) {
    throw StowageError.validation([
      { field: 'If-Match', code: 'format', message: 'If-Match must be the ETag of an answer, with its quotes: "3"' },
    ]);
  }
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes(entityTag(current))) return current;
  throw new StowageError(
    'request.precondition_failed',
    `The storage config has changed: it is at version ${current} now.`,
  );
}

/** A strong tag: a weak one (`W/`) never matches it. */
export function entityTag(version: number): string {
  return `"${version}"`;
}
