import { StowageError } from '@stowage/contracts';
import type { HistoryQuery } from './history.query.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** Nothing is kept for longer. */
const LONGEST_DAYS = 400;

export interface Period {
  from: Date;
  to: Date;
}

/**
 * The time to look at: what was asked for, as far as there can be points in it.
 * @throws StowageError `request.validation` when it ends before it begins
 */
export function periodOf({ from, to }: Pick<HistoryQuery, 'from' | 'to'>, now: Date): Period {
  const end = to === undefined ? now.getTime() : parse('to', to);
  const start = from === undefined ? end - DEFAULT_DAYS * DAY_MS : parse('from', from);
  if (start >= end) throw refused('from', 'from must be before to');
  const earliest = now.getTime() - LONGEST_DAYS * DAY_MS;
  return { from: within(start, earliest, now), to: within(end, earliest, now) };
}

function parse(field: string, value: string): number {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw refused(field, `${field} must be an RFC 3339 time`);
  return time;
}

function within(time: number, earliest: number, now: Date): Date {
  return new Date(Math.min(Math.max(time, earliest), now.getTime()));
}

function refused(field: string, message: string): StowageError {
  return StowageError.validation([{ field, code: 'period', message }]);
}
