import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import { type ErrorCode, ERRORS, type Problem, StowageError, toErrorBody, placeOf } from '@stowage/contracts';
import { notFound } from '@stowage/permissions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RouteTable } from './http/route-table.js';

const PROBLEM_TYPE = 'application/problem+json';
const DEFAULT_RETRY_AFTER_S = 5;

/** What Fastify and NestJS refuse by themselves, before any code of ours. */
const OF_THE_FRAMEWORK: Partial<Record<number, [ErrorCode, string]>> = {
  [HttpStatus.BAD_REQUEST]: ['request.malformed_json', 'The request cannot be read: its body must be JSON.'],
  [HttpStatus.PAYLOAD_TOO_LARGE]: ['request.too_large', 'The body must have at most 64 KiB.'],
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: [
    'request.unsupported_media_type',
    'The body must be JSON: send Content-Type: application/json.',
  ],
};

/** The only place that knows how an error looks over HTTP: RFC 9457, `detail` always one readable string. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    this.answer(this.isRouteMissing(error) ? this.refuseRoute(request, reply) : error, request, reply);
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const known = toKnownError(error);
    const problem = toProblem(known, request.id);
    if (problem.status === 500) this.logger.error({ request_id: request.id, stack: placeOf(error) });
    const retryAfter = retryAfterOf(known);
    if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  }

  /** Only the router itself throws NestJS's own 404. */
  private isRouteMissing(error: unknown): boolean {
    return error instanceof NotFoundException;
  }

  private refuseRoute({ url, method }: FastifyRequest, reply: FastifyReply): StowageError {
    const allowed = this.routes.methodsOf(url.split('?', 1)[0]!);
    if (allowed.length === 0) return notFound();
    void reply.header('allow', allowed.join(', '));
    return new StowageError(
      'request.method_not_allowed',
      `${method} is not possible here; possible: ${allowed.join(', ')}`,
    );
  }
}

/** The body of an error, also for the last event of a stream that failed midway. */
export function toProblem(error: unknown, requestId: string): Problem {
  const { code, detail, errors } = toErrorBody(toKnownError(error));
  const { status, title } = ERRORS[code as ErrorCode];
  return {
    type: `urn:stowage:error:${code}`,
    title,
    status,
    detail,
    code,
    request_id: requestId,
    ...(errors && { errors }),
  };
}

function toKnownError(error: unknown): unknown {
  if (!(error instanceof HttpException)) return error;
  const [code, detail] = OF_THE_FRAMEWORK[error.getStatus()] ?? [];
  if (code && detail) return new StowageError(code, detail, { cause: error });
  return error.getStatus() < 500
    ? new StowageError('request.malformed_json', STATUS_CODES[error.getStatus()] ?? 'Bad Request', { cause: error })
    : error;
}

function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof StowageError)) return undefined;
  return error.retryAfter ?? (error.status === 503 || error.status === 429 ? DEFAULT_RETRY_AFTER_S : undefined);
}
