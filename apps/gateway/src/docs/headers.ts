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
