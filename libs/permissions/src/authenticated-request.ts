import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.js';
import { unauthenticated } from './refusals.js';

/** What this library reads of, and adds to, a Fastify request. */
export interface IncomingRequest {
  raw: IncomingMessage;
  params: unknown;
  query: unknown;
}

const callers = new WeakMap<object, Caller>();

export function rememberCaller(request: IncomingRequest, caller: Caller): void {
  callers.set(request, caller);
}

export function callerOf(request: IncomingRequest): Caller | undefined {
  return callers.get(request);
}

/** @throws StowageError `request.unauthenticated`, also for two headers: Node would silently take the first. */
export function bearerTokenOf({ raw }: IncomingRequest): string {
  const headers = raw.headersDistinct.authorization ?? [];
  const token = headers.length === 1 && /^Bearer +([^ ]+)$/i.exec(headers[0]!)?.[1];
  if (!token) throw unauthenticated();
  return token;
}
