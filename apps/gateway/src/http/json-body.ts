import { isNestedTooDeep, MAX_NESTING, StowageError } from '@stowage/contracts';
import type { FastifyInstance } from 'fastify';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON in UTF-8 and nothing else; an empty body is no body, whatever its type says (clients set the header and forget).
 * Keys that could reach a prototype are refused.
 */
export function acceptJsonOnly(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const text = decode(body);
    if (text === undefined) return done(new StowageError('request.malformed_json', 'The body must be UTF-8.'));
    void parseJson(request, text, (error, value) => done(error ?? nestingError(value), value));
  });
}

function nestingError(value: unknown): StowageError | null {
  if (!isNestedTooDeep(value)) return null;
  return new StowageError('request.validation', `The body must not be nested deeper than ${MAX_NESTING} levels.`);
}

function decode(body: Buffer): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}
