import type { IncomingMessage } from '../broker.js';
import { readMessageData } from './message-data.js';

describe('readMessageData', () => {
  it('takes the body as the data', () => {
    expect(readMessageData(message('{"organization_id":"o-1"}'))).toEqual({ data: { organization_id: 'o-1' } });
  });

  it("takes NestJS's own shape, with and without an id", () => {
    expect(readMessageData(message('{"pattern":"storage.test","data":{"a":1}}'))).toEqual({
      data: { a: 1 },
      nest: { id: undefined },
    });
    expect(readMessageData(message('{"pattern":"storage.test","data":{"a":1},"id":"7"}'))).toEqual({
      data: { a: 1 },
      nest: { id: '7' },
    });
  });

  it('takes data that merely has a member called pattern as it is', () => {
    const body = { pattern: '*.tar', data: 'x', name: 'n' };
    expect(readMessageData(message(JSON.stringify(body)))).toEqual({ data: body });
  });

  it.each([
    ['no JSON', 'hello', 'request.malformed_json'],
    ['an empty body', '', 'request.malformed_json'],
    ['a list', '[]', 'request.validation'],
    ['null', 'null', 'request.validation'],
    ['a nesting that no reader needs', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'request.validation'],
    ['a nesting that would break a reader', `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, 'request.validation'],
    ['more than a mebibyte', JSON.stringify({ a: 'x'.repeat(1024 * 1024) }), 'request.too_large'],
    ['a pattern that is not the routing key', '{"pattern":"storage.delete","data":{},"id":"1"}', 'request.validation'],
    ["NestJS's shape without an object in it", '{"pattern":"storage.test","data":[],"id":"1"}', 'request.validation'],
  ])('refuses %s', (_what, body, code) => {
    expect(() => readMessageData(message(body))).toThrow(expect.objectContaining({ code }) as Error);
  });
});

function message(text: string): IncomingMessage {
  const body = Buffer.from(text);
  return {
    exchange: 'storage.commands',
    routing_key: 'storage.test',
    type: 'storage.test',
    body,
    json: () => JSON.parse(body.toString()) as unknown,
    message_id: null,
    timestamp: null,
    app_id: null,
    user_id: null,
    correlation_id: null,
    reply_to: null,
    headers: {},
    redelivered: false,
    delivery_count: 0,
  };
}
