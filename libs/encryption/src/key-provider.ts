/**
 * Holds the keys that wrap the vault's data keys: a local keyring, or a key service (Vault transit, AWS KMS) behind this
 * same interface. Root keys never leave it. `describeKeyProvider` is what each must keep to.
 */
export interface KeyProvider {
  /** The key that new records are wrapped with. */
  activeKid(): string;

  /** Every key that can still unwrap; the oldest last. */
  kids(): string[];

  /** Wraps a data key of 32 bytes with the active key, bound to its place. @throws VaultError `unavailable` */
  wrap(dataKey: Uint8Array, place: KeyPlace): Promise<WrappedKey>;

  /**
   * @throws VaultError `unknown_key` when it does not have the key, `corrupt` when the blob was altered or belongs to
   * another place, `unavailable` when the keys cannot be reached at this time
   */
  unwrap(wrapped: WrappedKey, place: KeyPlace): Promise<Buffer>;

  /**
   * Keyed hash of 32 bytes under the named key, different for each purpose: for values that are stored together with the
   * kid (audit, idempotency), and as the check value by which a key is known again.
   * @throws VaultError `unknown_key`, `unavailable`
   */
  mac(kid: string, purpose: string, bytes: Uint8Array): Promise<Buffer>;

  /** Proves that the keys can be used: at boot and for readiness. @throws VaultError `unavailable` */
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
