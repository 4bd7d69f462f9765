const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Milliseconds before attempt `attempt` (from 1): doubled each time, up to 5 s, with full jitter. */
export function backoffMs(attempt: number): number {
  return Math.round(Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt));
}
