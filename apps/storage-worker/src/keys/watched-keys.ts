import { Logger } from '@nestjs/common';
import { type KeyPlace, type KeyProvider, VaultError, type WrappedKey } from '@stowage/encryption';

const LEAST_MS_BETWEEN_LOOKS = 1000;

/** Where keys are kept: the text of a keyring file, and how it is opened. A key service would be named in such a text. */
export interface KeySource {
  /** @throws Error that says what is wrong with the place */
  read(): string;
  /** @throws Error that says what is wrong with the text, never a key */
  open(text: string): KeyProvider;
}

/**
 * The keys as their file has them now. It is read again every few seconds, and at once when a record names a key that is
 * not here: so a new key reaches every worker without a restart. A file that is not fit for use changes nothing.
 */
export class WatchedKeys implements KeyProvider {
  private readonly logger = new Logger(WatchedKeys.name);
  private text: string;
  private current: KeyProvider;
  private accept: (candidate: KeyProvider) => Promise<void> = async () => undefined;
  private looking: Promise<void> | null = null;
  private lookedAt = 0;
  private trouble: string | null = null;

  /** @throws Error as the source does */
  constructor(private readonly source: KeySource) {
    this.text = source.read();
    this.current = source.open(this.text);
  }

  /** Why the file as it is now was not taken over; null when all is well. */
  get problem(): string | null {
    return this.trouble;
  }

  /** @param accept throws when the candidate must not replace the keys that are in use */
  acceptOnly(accept: (candidate: KeyProvider) => Promise<void>): void {
    this.accept = accept;
  }

  /** Takes over what the file says now. Never rejects: what is wrong is logged and told as `problem`. */
  look(): Promise<void> {
    this.looking ??= this.lookNow().finally(() => (this.looking = null));
    return this.looking;
  }

  activeKid(): string {
    return this.current.activeKid();
  }

  kids(): string[] {
    return this.current.kids();
  }

  wrap(dataKey: Uint8Array, place: KeyPlace): Promise<WrappedKey> {
    return this.current.wrap(dataKey, place);
  }

  unwrap(wrapped: WrappedKey, place: KeyPlace): Promise<Buffer> {
    return this.lookingAgain(() => this.current.unwrap(wrapped, place));
  }

  mac(kid: string, purpose: string, bytes: Uint8Array): Promise<Buffer> {
    return this.lookingAgain(() => this.current.mac(kid, purpose, bytes));
  }

  check(): Promise<void> {
    return this.current.check();
  }

  /** Another worker may have begun to seal with a key that came a moment ago. */
  private async lookingAgain<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const isMissing = error instanceof VaultError && error.reason === 'unknown_key';
      if (!isMissing || Date.now() - this.lookedAt < LEAST_MS_BETWEEN_LOOKS) throw error;
      await this.look();
      return attempt();
    }
  }

  private async lookNow(): Promise<void> {
    this.lookedAt = Date.now();
    try {
      const text = this.source.read();
      if (text !== this.text) await this.take(text);
      this.trouble = null;
    } catch (error) {
      const trouble = (error as Error).message;
      if (trouble !== this.trouble)
        this.logger.error(`The keys stay as they were. ENCRYPTION_KEYRING_FILE: ${trouble}`);
      this.trouble = trouble;
    }
  }

  private async take(text: string): Promise<void> {
    const candidate = this.source.open(text);
    await this.accept(candidate);
    this.current = candidate;
    this.text = text;
    this.logger.log(`Keys: ${candidate.kids().join(', ')}; ${candidate.activeKid()} seals`);
  }
}
