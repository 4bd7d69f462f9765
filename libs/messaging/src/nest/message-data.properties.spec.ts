import * as fc from 'fast-check';
import { StowageError } from '@stowage/contracts';
import type { IncomingMessage } from '../broker.js';
import { readMessageData } from './message-data.js';

const message = (body: Buffer, routing_key = 'storage.test'): IncomingMessage =>
  ({ body, routing_key, json: () => JSON.parse(body.toString()) as unknown }) as IncomingMessage;

const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
  fc
    .record({ pattern: fc.jsonValue(), data: fc.jsonValue(), id: fc.jsonValue() })
    .map((body) => Buffer.from(JSON.stringify(body))),
);

describe('readMessageData', () => {
  it('reads any body as an object, or refuses it by a code of the catalogue', () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        expect(outcomeOf(body)).toMatch(/^(an object|request\.(too_large|malformed_json|validation))$/);
      }),
      { numRuns: 500 },
    );
  });

  it('never takes a pattern of the body for the handler', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (pattern) => {
        fc.pre(pattern !== 'storage.test');
        const body = Buffer.from(JSON.stringify({ pattern, data: { a: 1 }, id: '1' }));
        expect(() => readMessageData(message(body))).toThrow('pattern');
      }),
    );
  });
});

/** @throws what is no refusal */
function outcomeOf(body: Buffer): string {
  try {
    const { data } = readMessageData(message(body));
    return Array.isArray(data) ? 'a list' : `an ${typeof data}`;
  } catch (error) {
    if (error instanceof StowageError) return error.code;
    throw error;
  }
}
