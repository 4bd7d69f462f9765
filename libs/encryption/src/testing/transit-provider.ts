import type { KeyPlace, KeyProvider, WrappedKey } from '../key-provider.js';
import { lengthPrefixed } from '../length-prefixed.js';
import { VaultError } from '../vault-error.js';

/** The shortest remote provider there can be: that it fits shows that a real one will. */
export class TransitProvider implements KeyProvider {
  constructor(
    private readonly url: string,
    private readonly names: string[],
    private readonly active: string,
  ) {}

  activeKid(): string {
    return this.active;
  }

  kids(): string[] {
    return this.names;
  }

  async wrap(dataKey: Uint8Array, place: KeyPlace): Promise<WrappedKey> {
    return { kid: this.active, blob: await this.call('encrypt', this.active, dataKey, bytesOf(place)) };
  }

  unwrap({ kid, blob }: WrappedKey, place: KeyPlace): Promise<Buffer> {
    return this.call('decrypt', kid, blob, bytesOf(place));
  }

  mac(kid: string, purpose: string, bytes: Uint8Array): Promise<Buffer> {
    return this.call('hmac', kid, bytes, lengthPrefixed(purpose));
  }

  async check(): Promise<void> {
    await this.post('health', this.active, {});
  }

  private async call(operation: string, kid: string, input: Uint8Array, context: Buffer): Promise<Buffer> {
    if (!this.names.includes(kid)) throw new VaultError('unknown_key', kid);
    const encoded = { input: Buffer.from(input).toString('base64'), associated_data: context.toString('base64') };
    const response = await this.post(operation, kid, encoded);
    if (response.status === 404) throw new VaultError('unknown_key', kid);
    if (!response.ok) throw new VaultError('corrupt', kid);
    return Buffer.from(((await response.json()) as { output: string }).output, 'base64');
  }

  private async post(operation: string, kid: string, body: object): Promise<Response> {
    try {
      return await fetch(`${this.url}/${operation}/${kid}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(2000),
      });
    } catch {
      throw new VaultError('unavailable', kid);
    }
  }
}

function bytesOf({ table, rowId, organizationId }: KeyPlace): Buffer {
  return lengthPrefixed(table, rowId, organizationId ?? '');
}
