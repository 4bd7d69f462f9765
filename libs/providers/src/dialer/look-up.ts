import { untilAborted } from '../deadline.js';
import type { Resolve } from './resolve.js';

/** For a whole look-up: c-ares doubles its patience at each try and goes through all name servers, 12 s for two silent ones. */
const LOOK_UP_MS = 4500;
/** Longer than a quick test, shorter than anybody waits for a name that has moved. */
const KEPT_MS = 30_000;

export interface LookUpLimits {
  lookUpMs?: number;
  keptMs?: number;
}

/**
 * Asks once and lets the answer, also a failure, serve every connection of the next 30 s. It is bounded by itself and not
 * by the signal of whoever asked first, as others may wait for the same answer.
 */
export function askingOnce(resolve: Resolve, { lookUpMs = LOOK_UP_MS, keptMs = KEPT_MS }: LookUpLimits = {}): Resolve {
  const answers = new Map<string, { addresses: Promise<string[]>; askedAt: number }>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined && performance.now() - known.askedAt < keptMs) return known.addresses;
    const limit = AbortSignal.timeout(lookUpMs);
    const addresses = untilAborted(resolve(name, limit), limit, 'network.name_server', { step: 'resolve' });
    answers.set(name, { addresses, askedAt: performance.now() });
    return addresses;
  };
}
