export type VaultErrorReason =
  /** The key that sealed the record is not there (any more). */
  | 'unknown_key'
  /** Altered, cut, made under another key of the same name, or moved from another row, organization or destination. */
  | 'corrupt'
  /** A format of a newer version. */
  | 'unsupported'
  /** The keys cannot be reached at this time. */
  | 'unavailable';

/** The message holds the reason and the kid, never a key or a plaintext. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  constructor(
    readonly reason: VaultErrorReason,
    readonly kid: string | null = null,
  ) {
    super(`The stored credentials cannot be opened: ${reason}${kid === null ? '' : ` (key ${kid})`}`);
  }
}
