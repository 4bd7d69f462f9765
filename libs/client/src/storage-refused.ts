import type { ErrorBody } from '@stowage/contracts';

/** The worker's signed answer was no. Act on `code`; `message` is for a person. */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused';
  readonly code: string;
  /** Whether the same question may be answered later. */
  readonly retryable: boolean;

  constructor(error: ErrorBody) {
    super(error.detail);
    this.code = error.code;
    this.retryable = error.retryable;
  }
}
