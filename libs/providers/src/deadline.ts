import type { DiagnosisCode } from './diagnosis/catalogue.js';
import { type FailureDetail, StorageFailure } from './failure.js';

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
