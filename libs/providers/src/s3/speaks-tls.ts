import type { Dialer } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';

/** Whether the port of an `http://` endpoint begins a TLS handshake, with whatever certificate. */
export async function speaksTls(endpoint: string, dialer: Dialer, signal: AbortSignal): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), signal };
  try {
    (await dialer.connectTls(target, {})).destroy();
    return true;
  } catch (error) {
    const code = error instanceof StorageFailure ? error.code : '';
    return code.startsWith('tls.') && code !== 'tls.not_tls' && code !== 'tls.handshake';
  }
}
