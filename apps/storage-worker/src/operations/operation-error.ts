import { type ErrorBody, toErrorBody } from '@stowage/contracts';

/** Thrown by a handler whose failure has a code of its own, e.g. a diagnosis of the storage. No secret, no server text. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  constructor(readonly body: ErrorBody) {
    super(body.code);
  }
}

/** Why an attempt failed, as it is stored and told; `retryable` decides whether there is another. */
export function toOperationError(error: unknown): ErrorBody {
  return error instanceof OperationFailure ? error.body : toErrorBody(error);
}
