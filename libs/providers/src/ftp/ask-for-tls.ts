import type { Credentials } from '@stowage/contracts';
import type { ControlConnection } from './control-connection.js';
import { codeOf, replyFailure } from './symptoms.js';

/** The only answers to AUTH TLS that mean that the server knows no TLS (RFC 4217 section 4). */
const NO_TLS = [500, 502, 504];

/**
 * Whether the server waits for a TLS handshake now; false only where it says that it knows no such command.
 *
 * @throws StorageFailure for every other refusal, so that none of them leads to clear text
 */
export async function askForTls(control: ControlConnection, credentials?: Credentials): Promise<boolean> {
  try {
    await control.request('AUTH TLS');
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (NO_TLS.includes(code)) return false;
    throw replyFailure('secure', error, credentials);
  }
}
