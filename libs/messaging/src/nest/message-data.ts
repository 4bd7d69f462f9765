import { isNestedTooDeep, MAX_NESTING, StowageError } from '@stowage/contracts';
import type { IncomingMessage } from '../broker.js';

const MAX_BODY_BYTES = 1024 * 1024;

export interface MessageData {
  data: Record<string, unknown>;
  /** Set where the message came in NestJS's own shape; the reply goes back in it. */
  nest?: { id: unknown };
}

/**
 * The data of a message: its body, or the `data` of NestJS's own shape `{pattern, data[, id]}`.
 * @throws StowageError `request.too_large` | `request.malformed_json` | `request.validation`
 */
export function readMessageData(message: IncomingMessage): MessageData {
  if (message.body.length > MAX_BODY_BYTES) {
    throw new StowageError('request.too_large', `The body must have at most ${MAX_BODY_BYTES} bytes`);
  }
  const body = parseObject(message);
  if (!isNestShape(body)) return { data: body };
  if (body.pattern !== message.routing_key) {
    throw new StowageError('request.validation', 'The pattern of the body must be the routing key');
  }
  if (!isObject(body.data)) throw new StowageError('request.validation', 'The data must be a JSON object');
  return { data: body.data, nest: { id: body.id } };
}

function parseObject(message: IncomingMessage): Record<string, unknown> {
  let body: unknown;
  try {
    body = message.json();
  } catch {
    throw new StowageError('request.malformed_json', 'The body must be JSON in UTF-8');
  }
  if (!isObject(body)) throw new StowageError('request.validation', 'The body must be a JSON object');
  if (isNestedTooDeep(body)) {
    throw new StowageError('request.validation', `The body must not be nested deeper than ${MAX_NESTING} levels`);
  }
  return body;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** https://docs.nestjs.com/microservices/rabbitmq: an event has `pattern` and `data`, a request an `id` too. */
function isNestShape(body: Record<string, unknown>): body is { pattern: unknown; data: unknown; id?: unknown } {
  return 'pattern' in body && 'data' in body && Object.keys(body).every((key) => NEST_KEYS.has(key));
}

const NEST_KEYS = new Set(['pattern', 'data', 'id']);
