/** Holds the keys that wrap the vault's data keys: a local keyring, or a key service behind this same interface. */
export interface KeyProvider {
  /** The key that new records are wrapped with. */
  activeKid(): string;

  /** Every key that can still unwrap. */
  kids(): string[];

  /** Wraps a data key of 32 bytes with the active key, bound to its place. */
  wrap(dataKey: Uint8Array, place: KeyPlace): Promise<WrappedKey>;

  /**
   * @throws VaultError `unknown_key` when it does not have the key, `corrupt` when the blob was altered or belongs to
   * another place, `unavailable` when the keys cannot be reached at this time
   */
  unwrap(wrapped: WrappedKey, place: KeyPlace): Promise<Buffer>;

  /** Proves that the keys can be used: at boot and for readiness. @throws VaultError */
  check(): Promise<void>;
}

/** Where a wrapped key lives; ids only, because a key service logs it. */
export interface KeyPlace {
  table: string;
  rowId: string;
  /** null = the platform's own. */
  organizationId: string | null;
}

export interface WrappedKey {
  kid: string;
  blob: Buffer;
}
