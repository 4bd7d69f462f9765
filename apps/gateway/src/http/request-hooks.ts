import { StowageError } from '@stowage/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

const NO_ROUTE = 'none';

/** What holds for every request, whatever answers it. */
export function addRequestHooks(server: FastifyInstance, metrics: Metrics): void {
  server.addHook('onRequest', async (request, reply) => {
    markAnswer(request, reply);
    refuseDuplicateParameters(request.query);
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? NO_ROUTE;
    metrics.countHttpRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
}

/** Whatever answers: named for the log, and kept by nobody. */
export function markAnswer(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id).header('cache-control', 'no-store');
}

/** Which of the two a filter in front of us looked at, nobody can say. */
function refuseDuplicateParameters(query: unknown): void {
  const duplicate = Object.entries(query as Record<string, unknown>).find(([, value]) => Array.isArray(value));
  if (duplicate) throw new StowageError('request.duplicate_parameter', `${duplicate[0]} must be given once`);
}
