import type { AnswerHeader } from './answers.decorator.js';

export const IDEMPOTENCY_KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes a create that is sent again answer with what the first one made: 1 to 255 visible characters.',
  schema: { type: 'string', maxLength: 255 },
};

export const IF_MATCH_HEADER = {
  name: 'If-Match',
  required: false,
  description: 'The `ETag` of the answer that you read: refused with 412 when it has changed since.',
  schema: { type: 'string' },
  example: '"3"',
};

export const LAST_EVENT_ID_HEADER = {
  name: 'Last-Event-ID',
  required: false,
  description:
    'The `id` of the last event that you have: what came after it is sent first. Events are kept for 24 hours; `event: stream.gap` says that some are gone, so read everything anew.',
  schema: { type: 'string' },
};

export const ETAG: Record<string, AnswerHeader> = {
  ETag: { description: 'The version, for `If-Match` of a later change.', schema: { type: 'string' } },
};

export const LINK: Record<string, AnswerHeader> = {
  Link: { description: 'Where the next page is (RFC 8288), as long as there is one.', schema: { type: 'string' } },
};
