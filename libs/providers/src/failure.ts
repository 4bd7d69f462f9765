import type { CheckName } from '@stowage/contracts';
import type { DiagnosisCode } from './diagnosis/catalogue.js';

/** The one error that drivers throw. `message` is the catalogue's sentence; the server's words are only in `evidence`. */
export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';

  constructor(
    readonly code: DiagnosisCode,
    readonly detail: FailureDetail = {},
  ) {
    super(code, detail.cause === undefined ? undefined : { cause: detail.cause });
  }
}

export interface FailureDetail {
  /** The step that failed, where the driver knows better than the caller (e.g. `tls` inside `connect`). */
  step?: CheckName;
  /** Values for the placeholders of the catalogue's sentences, e.g. `{ region: 'eu-west-1' }`. Never a secret. */
  values?: Record<string, string | number>;
  /** Fields and values that would mend it, where known. */
  suggested?: Record<string, string | number>;
  /** The server's own words, scrubbed by `evidenceOf`; only once the server has proven its protocol. */
  evidence?: string;
  /** For our own log, never for the caller: may hold anything. */
  cause?: unknown;
}
