import { type Context, context, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { traceContextOf } from '@stowage/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTracing, startSpan } from './span.js';

/**
 * A span a request, by https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server, and a child of what its
 * `traceparent` names. The query is left out: it may hold what nobody should read.
 */
export function traceHttpServer(server: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, { span: Span; active: Context }>();
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    spans.set(
      request,
      startSpan(route === undefined ? request.method : `${request.method} ${route}`, {
        kind: SpanKind.SERVER,
        parent: traceContextOf({
          traceparent: single(request.headers['traceparent']),
          tracestate: single(request.headers['tracestate']),
        }),
        attributes: {
          'http.request.method': request.method,
          'url.scheme': request.protocol,
          ...(route !== undefined && { 'http.route': route }),
          'stowage.request_id': request.id,
        },
      }),
    );
    done();
  });
  // Only here: what reads the body runs in the context of the socket, not in that of the hooks before it.
  server.addHook('preHandler', (request, _reply, done) => {
    const traced = spans.get(request);
    if (traced) context.with(traced.active, done);
    else done();
  });
  server.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request)?.span;
    if (!span) return;
    span.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) {
      span.setAttribute('error.type', String(reply.statusCode));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  });
}

/** Sent twice, it cannot be told which holds: neither does. */
const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
