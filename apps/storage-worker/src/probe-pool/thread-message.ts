import type { Check } from '@stowage/contracts';

/** From a thread, before its result. */
export type ThreadMessage = { begun: true } | { check: Check } | { progress: Progress };

/** What was counted so far. */
export interface Progress {
  objects: number;
  bytes: number;
}
