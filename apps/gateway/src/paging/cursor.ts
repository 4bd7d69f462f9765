import { StowageError } from '@stowage/contracts';
import { isUUID } from 'class-validator';

/** The last row of a page: where in the order it stood. */
export interface Position {
  /** A timestamp as PostgreSQL writes it: microseconds, which a Date would lose. */
  at: string;
  id: string;
}

/** What identifies the rows of a list. */
export type RowIds = 'uuids' | 'numbers';

/** Of a bigint, with room to spare. */
const NUMBER = /^\d{1,18}$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/;

export function encodeCursor({ at, id }: Position): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

/** @throws StowageError `request.validation` for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string, ids: RowIds = 'uuids'): Position {
  const [at, id, ...more] = parse(cursor);
  const isId = typeof id === 'string' && (ids === 'numbers' ? NUMBER.test(id) : isUUID(id, 'all'));
  if (typeof at !== 'string' || !TIMESTAMP.test(at) || !isId || more.length > 0) throw badCursor();
  return { at, id };
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(value)) return value;
  } catch {
    throw badCursor();
  }
  throw badCursor();
}

function badCursor(): StowageError {
  return StowageError.validation([
    { field: 'cursor', code: 'cursor', message: 'cursor must be taken from the Link header of the page before' },
  ]);
}
