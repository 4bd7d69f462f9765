import type { TlsMode } from '@stowage/contracts';
import type { Dialer } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';
import { askForTls } from './ask-for-tls.js';
import { ControlConnection } from './control-connection.js';
import { awaitGreeting } from './greeting.js';

export interface FtpServer {
  host: string;
  port: number;
  dialer: Dialer;
  signal: AbortSignal;
}

const IMPLICIT_TLS_PORT = 990;
/** Short enough to try a TLS handshake within the time that a person waits for a configuration to be saved. */
const SILENCE_MS = 1500;

/**
 * How an FTP server is to be spoken to, without any login: `explicit` where it takes AUTH TLS, `none` only where it says
 * that it knows no such command. What is wrong with its certificate is for the test to find, never a reason for `none`.
 *
 * @throws StorageFailure as `Dialer.connect` and `awaitGreeting`, and `ftp.tls_unsupported`
 */
export async function findTlsMode({ host, port, dialer, signal }: FtpServer): Promise<TlsMode> {
  if (port === IMPLICIT_TLS_PORT) return 'implicit';
  const target = { host, port, signal };
  const control = new ControlConnection(await dialer.connect(target));
  try {
    const stopWatching = control.endOn(signal);
    await awaitGreeting(control, { dialer, target, silenceMs: SILENCE_MS });
    const mode = (await askForTls(control)) ? 'explicit' : 'none';
    stopWatching();
    return mode;
  } catch (error) {
    if (error instanceof StorageFailure && error.code === 'tls.required') return 'implicit';
    throw error;
  } finally {
    // Without a QUIT, which would be no part of the handshake that the server may wait for.
    control.socket.destroy();
  }
}
