import type { StorageLocation } from '@stowage/contracts';
import { diagnose, StorageFailure } from '@stowage/providers';
import { OperationFailure } from './operation-error.js';

/** What a storage refuses is told by its diagnosis, and retried if that may pass. @throws OperationFailure */
export async function tellingDiagnosis<T>(location: StorageLocation, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StorageFailure)) throw error;
    const { code, cause, retryable } = diagnose(error, location);
    throw new OperationFailure({ code, detail: `${cause}.`, retryable });
  }
}
