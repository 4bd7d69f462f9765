import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { notFound } from '@stowage/permissions';
import { traceHttpServer } from '@stowage/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayModule, type GatewayOptions } from './app.module.js';
import { serveDocs } from './docs/serve-docs.js';
import { acceptJsonOnly } from './http/json-body.js';
import { addRequestHooks, markAnswer } from './http/request-hooks.js';
import { RouteTable } from './http/route-table.js';
import { sendSecurityHeaders } from './http/security-headers.js';
import { serveConsole } from './http/serve-console.js';
import { Metrics } from './metrics/metrics.js';
import { ProblemFilter } from './problem.filter.js';

const MAX_BODY_BYTES = 64 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** For a request to arrive whole; answers may take longer, a full test up to 125 s. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface CreateGatewayOptions extends GatewayOptions {
  logger?: LoggerService | false;
  /** The built console. Left out, there is none. */
  consoleFolder?: string;
}

/** The gateway, ready to listen. The broker stays the caller's to close. */
export async function createGateway({
  logger,
  consoleFolder,
  ...options
}: CreateGatewayOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: 'idle',
    // Names the stored outcome of a write, so it must be ours and unique: a client's own id is not taken.
    genReqId: () => randomUUID(),
    frameworkErrors: answerUnreadablePath,
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.forRoot(options), adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  const server = adapter.getInstance();
  app.get(RouteTable).watch(server);
  await sendSecurityHeaders(server);
  acceptJsonOnly(server);
  traceHttpServer(server);
  addRequestHooks(server, app.get(Metrics));
  if (consoleFolder !== undefined) await serveConsole(server, consoleFolder);
  serveDocs(app);
  return app;
}

/** Before any route, filter or hook: a path that no URL may have is like one that leads nowhere. */
function answerUnreadablePath(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  markAnswer(request, reply);
  new ProblemFilter(new RouteTable()).answer(notFound(), request, reply);
}
