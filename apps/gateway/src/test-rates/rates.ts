import { StowageError } from '@stowage/contracts';
import type { EntityManager } from 'typeorm';
import type { TestTarget } from './test-target.js';

/** Who and what a test counts for. */
export interface Attempt {
  userId: string;
  /** The nil UUID for the platform. */
  tenantId: string;
  host: string | null;
  port: number | null;
}

const MOST_RUNNING = 2;
const MOST_TARGETS = 10;
const RETRY_WHILE_RUNNING_S = 2;

interface Rate {
  column: 'user_id' | 'tenant_id' | 'host';
  valueOf: (attempt: Attempt) => string | null;
  mostAMinute: number;
  sentence: (attempt: Attempt) => string;
}

const RATES: Rate[] = [
  {
    column: 'user_id',
    valueOf: ({ userId }) => userId,
    mostAMinute: 10,
    sentence: () => 'You may run 10 storage tests a minute.',
  },
  {
    column: 'tenant_id',
    valueOf: ({ tenantId }) => tenantId,
    mostAMinute: 20,
    sentence: () => 'An organization may run 20 storage tests a minute.',
  },
  {
    column: 'host',
    valueOf: ({ host }) => host,
    mostAMinute: 6,
    sentence: ({ host }) => `The host ${host} may be tested 6 times a minute.`,
  },
];

/** The keys under which attempts come one after the other, so that none is counted without the others. */
export function turnsOf(attempt: Attempt): string[] {
  return RATES.flatMap(({ column, valueOf }) => {
    const value = valueOf(attempt);
    return value === null ? [] : [`test_attempts:${column}:${value}`];
  });
}

/** @throws StowageError `request.rate_limited` */
export async function refuseIfTooMany(manager: EntityManager, attempt: Attempt): Promise<void> {
  for (const rate of RATES) {
    const waitS = await secondsUntilFree(manager, rate, rate.valueOf(attempt));
    if (waitS !== null) throw tooMany(rate.sentence(attempt), waitS);
  }
  if (await areEnoughRunning(manager, attempt)) {
    const sentence = `An organization may run ${MOST_RUNNING} storage tests at the same time.`;
    throw tooMany(sentence, RETRY_WHILE_RUNNING_S);
  }
}

/** Refused because it would be one address too many: the mark of somebody who looks for hosts, not for a storage. */
export class ScanSuspected extends StowageError {
  constructor(
    readonly target: TestTarget,
    waitS: number,
  ) {
    const sentence = `An organization may test ${MOST_TARGETS} different addresses an hour.`;
    super('request.rate_limited', askToWait(sentence, waitS), { retryAfter: waitS });
  }
}

/** @throws ScanSuspected */
export async function refuseScan(manager: EntityManager, { tenantId, host, port }: Attempt): Promise<void> {
  if (host === null || port === null) return;
  const known: { isThis: boolean; freeInS: number }[] = await manager.query(
    `SELECT host = $2 AND port = $3 AS "isThis", ${secondsUntilOver('max(started_at)', 'hour')} AS "freeInS"
       FROM test_attempts
      WHERE tenant_id = $1 AND host IS NOT NULL AND ${isWithin('hour')}
      GROUP BY host, port
      ORDER BY max(started_at)`,
    [tenantId, host, port],
  );
  if (known.length < MOST_TARGETS || known.some(({ isThis }) => isThis)) return;
  throw new ScanSuspected({ host, port }, known[known.length - MOST_TARGETS]!.freeInS);
}

/** The window slides: it is free when the oldest attempt that fills it is a minute old. Null = now. */
async function secondsUntilFree(
  manager: EntityManager,
  { column, mostAMinute }: Rate,
  value: string | null,
): Promise<number | null> {
  if (value === null) return null;
  const [filling]: { freeInS: number }[] = await manager.query(
    `SELECT ${secondsUntilOver('started_at', 'minute')} AS "freeInS"
       FROM test_attempts
      WHERE ${column} = $1 AND ${isWithin('minute')}
      ORDER BY started_at DESC OFFSET $2 LIMIT 1`,
    [value, mostAMinute - 1],
  );
  return filling?.freeInS ?? null;
}

async function areEnoughRunning(manager: EntityManager, { tenantId }: Attempt): Promise<boolean> {
  const running: unknown[] = await manager.query(
    `SELECT FROM test_attempts
      WHERE tenant_id = $1 AND ${isWithin('hour')} AND leased_until > clock_timestamp() LIMIT $2`,
    [tenantId, MOST_RUNNING],
  );
  return running.length >= MOST_RUNNING;
}

type Window = 'minute' | 'hour';

const isWithin = (window: Window): string => `started_at > clock_timestamp() - interval '1 ${window}'`;

/** SQL: whole seconds until what began then is out of the window; at least one. */
const secondsUntilOver = (begin: string, window: Window): string =>
  `greatest(1, ceil(extract(epoch FROM ${begin} + interval '1 ${window}' - clock_timestamp())))::int`;

function tooMany(sentence: string, waitS: number): StowageError {
  return new StowageError('request.rate_limited', askToWait(sentence, waitS), { retryAfter: waitS });
}

function askToWait(sentence: string, waitS: number): string {
  return `${sentence} Try again in ${waitS} seconds.`;
}
