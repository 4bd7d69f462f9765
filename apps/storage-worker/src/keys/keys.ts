import { StowageError } from '@stowage/contracts';
import {
  type LocalKeyring,
  newestKey,
  type RecordIdentity,
  type SealedRecord,
  SealError,
  Secret,
  signReply,
  unseal,
  Vault,
  VaultError,
  type WorkerKeys,
} from '@stowage/encryption';

const UNAVAILABLE_RETRY_S = 30;
/** What the key of the audit's chain is derived for. */
export const AUDIT_PURPOSE = 'audit/v1';

/** All that the worker does with its keys; the keys themselves stay in here. */
export class Keys {
  readonly #vault: Vault;

  constructor(
    private readonly keyring: LocalKeyring,
    private readonly workerKeys: WorkerKeys,
  ) {
    this.#vault = new Vault(keyring);
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

  /** Seals credentials for the row that keeps them. */
  async store(record: RecordIdentity, credentials: Secret<object>): Promise<SealedRecord> {
    return this.#vault.seal(record, credentials.reveal());
  }

  /** Opens what `store` sealed. @throws StowageError `credentials.unavailable` */
  async open(record: RecordIdentity, ciphertext: Buffer): Promise<Secret<object>> {
    try {
      return new Secret(await this.#vault.open(record, ciphertext));
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      const detail = 'The stored credentials of this storage cannot be opened. Enter them again, or try again later.';
      throw new StowageError('credentials.unavailable', detail, { cause: error, retryAfter: UNAVAILABLE_RETRY_S });
    }
  }

  /** JWS compact of a reply to a service. */
  sign(reply: object): string {
    return signReply(reply, newestKey(this.workerKeys, 'sig'));
  }

  /** For comparing bodies that hold secrets; the purposes' keys differ. */
  hmac(purpose: string, bytes: Uint8Array): Buffer {
    return this.keyring.hmac(purpose, bytes);
  }

  /** The keyed hash of an audit entry, under the active key. */
  auditMac(bytes: Uint8Array): { kid: string; mac: Buffer } {
    const kid = this.keyring.activeKid();
    return { kid, mac: this.keyring.hmacWith(kid, AUDIT_PURPOSE, bytes) };
  }

  /** The given kids that the keyring does not have. */
  missing(kids: string[]): string[] {
    const known = new Set(this.keyring.kids());
    return kids.filter((kid) => !known.has(kid));
  }
}
