import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Problem } from '@stowage/contracts';
import { type RouteAccess, routeAccessOf } from '@stowage/permissions';

const JSON_TYPE = 'application/json';

export interface AnswerHeader {
  description: string;
  schema: { type: 'string' };
}

export interface Answer {
  status: number;
  summary: string;
  description?: string;
  /** Of a JSON answer. */
  type?: Type<unknown>;
  isArray?: boolean;
  /** JSON when left out; no content when `type` is left out too. */
  mediaTypes?: string[];
  headers?: Record<string, AnswerHeader>;
  /** Statuses of refusals beside those that follow from who may call the route. */
  refuses?: number[];
}

/**
 * What a route answers: its status, and what the OpenAPI document says of it. Stands above the decorator that says who
 * may call the route, because the refusals of that are documented with it.
 */
export function Answers(answer: Answer): MethodDecorator {
  return (target, name, descriptor) => {
    const access = routeAccessOf(descriptor.value as object);
    if (!access)
      throw new Error(`${target.constructor.name}.${String(name)}: @Answers must stand above the access decorator`);
    const { summary, description } = answer;
    applyDecorators(
      HttpCode(answer.status),
      ApiOperation({ summary, description }),
      ...(access.to === 'everyone' ? [] : [ApiBearerAuth()]),
      success(answer),
      ...refusalsOf(answer, access).map(refusal),
    )(target, name, descriptor);
  };
}

function success({ status, type, isArray, mediaTypes, headers }: Answer): MethodDecorator {
  if (!type && !mediaTypes) return ApiResponse({ status, description: 'Done.', headers });
  const content = Object.fromEntries(
    (mediaTypes ?? [JSON_TYPE]).map((mediaType) => [
      mediaType,
      { schema: type && mediaType === JSON_TYPE ? schemaOfAnswer(type, isArray) : { type: 'string' } },
    ]),
  );
  return applyDecorators(
    ...(type ? [ApiExtraModels(type)] : []),
    ApiResponse({ status, description: 'Done.', headers, content }),
  );
}

function schemaOfAnswer(type: Type<unknown>, isArray = false) {
  const item = { $ref: getSchemaPath(type) };
  return isArray ? { type: 'array', items: item } : item;
}

/** Any request may be garbled (400, 422), any with a token may come while the keys or the data are away (503). */
const OF_ACCESS: Record<RouteAccess['to'], number[]> = {
  everyone: [400, 422],
  authenticated: [400, 401, 422, 503],
  platform: [400, 401, 403, 422, 503],
  organization: [400, 401, 403, 404, 422, 503],
};

function refusalsOf({ refuses = [] }: Answer, access: RouteAccess): number[] {
  return [...new Set([...OF_ACCESS[access.to], ...refuses])].sort((one, other) => one - other);
}

const REASONS: Record<number, string> = {
  400: 'The request breaks a rule of the product, cannot be read, or gives a parameter twice.',
  401: 'No valid bearer token.',
  403: 'The permission is missing, or the platform administrator has switched this off.',
  404: 'It does not exist, or belongs to an organization that is not yours.',
  409: 'It conflicts with what is there.',
  412: 'If-Match does not hold: it has changed since you read it.',
  413: 'The body is over 64 KiB.',
  415: 'The body is not JSON.',
  422: 'The request is not valid; `errors` names each field.',
  429: 'Too often: `detail` says which rate; try again after `Retry-After` seconds.',
  503: 'Temporarily unavailable; try again after `Retry-After` seconds.',
};

function refusal(status: number): MethodDecorator {
  const description = REASONS[status];
  if (!description) throw new Error(`No reason is known for ${status}`);
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(Problem) } } };
  return applyDecorators(ApiExtraModels(Problem), ApiResponse({ status, description, content }));
}
