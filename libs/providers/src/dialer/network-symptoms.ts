import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { type FailureDetail, StorageFailure } from '../failure.js';

const CODES: Record<string, DiagnosisCode> = {
  ECONNREFUSED: 'network.refused',
  ETIMEDOUT: 'network.timeout',
  ESOCKETTIMEDOUT: 'network.timeout',
  ECONNRESET: 'network.reset',
  EPIPE: 'network.reset',
  ECONNABORTED: 'network.reset',
  EHOSTUNREACH: 'network.no_route',
  ENETUNREACH: 'network.no_route',
  EADDRNOTAVAIL: 'network.no_route',
  EAFNOSUPPORT: 'network.no_route',
  EPROTO: 'tls.not_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls.not_tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls.not_tls',
  ERR_SSL_HTTP_REQUEST: 'tls.not_tls',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls.protocol',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls.protocol',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'tls.protocol',
};

/** The failure that a Node error of a socket or of TLS stands for; null when it is none of these. */
export function networkFailure(error: unknown, detail: FailureDetail = {}): StorageFailure | null {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== 'string') return null;
  const diagnosis = CODES[code] ?? (code.startsWith('ERR_SSL_') ? 'tls.handshake' : undefined);
  return diagnosis === undefined ? null : new StorageFailure(diagnosis, detail);
}
