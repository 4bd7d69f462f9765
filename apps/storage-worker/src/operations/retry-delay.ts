const FIRST_MS = 2000;
const LONGEST_MS = 3_600_000;
export const MAX_ATTEMPTS = 8;

/** Milliseconds until the next attempt: doubling from 2 s up to an hour, give or take half, so that failures spread. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(delay * (0.5 + random()));
}
