import { StowageError } from '@stowage/contracts';
import { decodeCursor, encodeCursor } from './cursor.js';

const ID = 'a1b2c3d4-e5f6-4890-abcd-ef1234567890';

describe('a cursor', () => {
  it.each(['2026-01-11 10:30:00.123456+00', '2026-01-11 10:30:00+00', '2026-01-11 16:00:00.1+05:30'])(
    'brings back the position at %s to the microsecond',
    (at) => {
      expect(decodeCursor(encodeCursor({ at, id: ID }))).toEqual({ at, id: ID });
    },
  );

  it('belongs to a list whose rows have such ids', () => {
    const [ofNumbers, ofUuids] = [
      { at: '2026-01-11 10:30:00+00', id: '42' },
      { at: '2026-01-11 10:30:00+00', id: ID },
    ];
    expect(decodeCursor(encodeCursor(ofNumbers), 'numbers')).toEqual(ofNumbers);
    expect(() => decodeCursor(encodeCursor(ofNumbers))).toThrow(StowageError);
    expect(() => decodeCursor(encodeCursor(ofUuids), 'numbers')).toThrow(StowageError);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('x').toString('base64url')],
    ['no list', Buffer.from('{"at":1}').toString('base64url')],
    ['another time', Buffer.from(JSON.stringify(["now'; --", ID])).toString('base64url')],
    ['another id', Buffer.from(JSON.stringify(['2026-01-11 10:30:00+00', 'x'])).toString('base64url')],
    ['more than both', Buffer.from(JSON.stringify(['2026-01-11 10:30:00+00', ID, 1])).toString('base64url')],
  ])('is refused when it holds %s', (_what, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(StowageError);
  });
});
