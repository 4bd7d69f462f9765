import type { DiagnosisCode } from './diagnosis/catalogue.js';
import { type FailureDetail, StorageFailure } from './failure.js';

export interface Deadline {
  signal: AbortSignal;
  /** To be called when what it bounds has ended. */
  clear: () => void;
}

/**
 * Fires after the time, or with the caller's signal and its reason. Not `AbortSignal.any` with `AbortSignal.timeout`: Node
 * 20 forgets such a timeout at the next garbage collection, and the wait it should bound never ends
 * (https://github.com/nodejs/node/issues/54614).
 */
export function deadlineAfter(ms: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  const follow = () => controller.abort(caller?.reason);
  const clear = () => {
    clearTimeout(timer);
    caller?.removeEventListener('abort', follow);
  };
  controller.signal.addEventListener('abort', clear, { once: true });
  caller?.addEventListener('abort', follow, { once: true });
  if (caller?.aborted) follow();
  return { signal: controller.signal, clear };
}

/** What a signal that fired means: its own failure where it carries one, else `whenDeadline`. */
export function abortFailure(
  signal: AbortSignal,
  whenDeadline: DiagnosisCode,
  detail: FailureDetail = {},
): StorageFailure {
  return signal.reason instanceof StorageFailure ? signal.reason : new StorageFailure(whenDeadline, detail);
}

/** The work's outcome, or a failure as soon as the signal fires, whether or not the work ends then. */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  whenDeadline: DiagnosisCode = 'network.no_response',
  detail: FailureDetail = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const expire = () => reject(abortFailure(signal, whenDeadline, detail));
    signal.addEventListener('abort', expire, { once: true });
    if (signal.aborted) expire();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', expire));
  });
}
