import { StowageError } from '@stowage/contracts';
import {
  type KeyProvider,
  newestKey,
  type RecordIdentity,
  type SealedRecord,
  SealError,
  Secret,
  signReply,
  unseal,
  Vault,
  VaultError,
  type VaultErrorReason,
  type WorkerKeys,
} from '@stowage/encryption';

const UNAVAILABLE_RETRY_S = 30;
/** What the key of the audit's chain is derived for. */
export const AUDIT_PURPOSE = 'audit/v1';

export interface Mac {
  kid: string;
  mac: Buffer;
}

/** All that the worker does with its keys; the keys themselves stay in here. */
export class Keys {
  readonly #vault: Vault;

  /** @param onUnopened is told of each stored record that did not open */
  constructor(
    private readonly provider: KeyProvider,
    private readonly workerKeys: WorkerKeys,
    private readonly onUnopened: (reason: VaultErrorReason) => void = () => undefined,
  ) {
    this.#vault = new Vault(provider);
  }

  /** Opens what was sealed to the worker on its way here. @throws StowageError `credentials.unreadable` */
  async unseal(jwe: string): Promise<Secret<unknown>> {
    const privateKeys = this.workerKeys.keys.filter(({ use }) => use === 'enc');
    try {
      return new Secret(await unseal(jwe, privateKeys));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      const detail = `The sealed credentials cannot be opened (${error.reason}). Seal them to the first key of /storage-keys.`;
      throw new StowageError('credentials.unreadable', detail, { cause: error });
    }
  }

  /** Seals credentials for the row that keeps them. @throws StowageError `credentials.unavailable` */
  async store(record: RecordIdentity, credentials: Secret<object>): Promise<SealedRecord> {
    try {
      return await this.#vault.seal(record, credentials.reveal());
    } catch (error) {
      throw unavailable(error, 'The credentials cannot be sealed at this time. Nothing was stored; try again later.');
    }
  }

  /** Opens what `store` sealed. @throws StowageError `credentials.unavailable` */
  async open(record: RecordIdentity, ciphertext: Buffer): Promise<Secret<object>> {
    try {
      return new Secret(await this.#vault.open(record, ciphertext));
    } catch (error) {
      if (error instanceof VaultError) this.onUnopened(error.reason);
      throw unavailable(
        error,
        'The stored credentials of this storage cannot be opened. Enter them again, or try again later.',
      );
    }
  }

  /** JWS compact of a reply to a service. */
  sign(reply: object): string {
    return signReply(reply, newestKey(this.workerKeys, 'sig'));
  }

  /** Keyed hash of what must not be stored itself, under the active key: to be kept together with the kid. */
  async mac(purpose: string, bytes: Uint8Array): Promise<Mac> {
    const kid = this.provider.activeKid();
    return { kid, mac: await this.provider.mac(kid, purpose, bytes) };
  }

  /** As `mac` made it before; null when that key is there no more. @param kid null = the oldest */
  async macAgain(kid: string | null, purpose: string, bytes: Uint8Array): Promise<Buffer | null> {
    try {
      return await this.provider.mac(kid ?? this.provider.kids().at(-1)!, purpose, bytes);
    } catch (error) {
      if (error instanceof VaultError && error.reason === 'unknown_key') return null;
      throw error;
    }
  }
}

function unavailable(error: unknown, detail: string): unknown {
  if (!(error instanceof VaultError)) return error;
  return new StowageError('credentials.unavailable', detail, { cause: error, retryAfter: UNAVAILABLE_RETRY_S });
}
