/**
 * Every cause that a storage test can tell apart. Act on the code, never on the text. `{placeholders}` are filled from
 * `StorageFailure.detail.values`; sentences marked as documented are those of the product documentation, verbatim.
 */
export interface Diagnosis {
  /** What happened, in one sentence. */
  cause: string;
  /** What to do next, in one sentence that names the field to change. */
  fix: string;
  retryable: boolean;
}

export const DIAGNOSES = {
  'network.unreachable': {
    cause: 'Could not connect to the endpoint URL',
    fix: 'Check the spelling of endpoint_url or host: the name may not exist, or it may lead to a private address that this platform does not allow; ask your platform administrator in that case.',
    retryable: true,
  },
} as const satisfies Record<string, Diagnosis>;

export type DiagnosisCode = keyof typeof DIAGNOSES;
