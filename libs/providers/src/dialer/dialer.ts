import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { StepObserver } from '../step-observer.js';

/**
 * The only way out of this product to a storage: resolves once for all connections of 30 s, judges every address, dials the literal, judges again.
 * S3, SFTP and FTP all connect through it.
 */
export interface Dialer {
  /**
   * @throws StorageFailure `target.forbidden` (a literal that policy denies), `network.unreachable` (a name that does not
   * exist or leads to a denied address), `network.refused`, `network.timeout`, `network.reset`
   */
  connect(target: DialTarget): Promise<Socket>;

  /** `connect`, then TLS (1.2 or newer) with the certificate verified. @throws also the `tls.*` codes */
  connectTls(target: DialTarget, tls: TlsOptions): Promise<TLSSocket>;

  /** TLS on a socket that is already open (AUTH TLS, FTP data connections). */
  upgradeTls(socket: Socket, target: DialTarget, tls: TlsOptions): Promise<TLSSocket>;
}

export interface DialTarget {
  /** Name or address literal, without brackets. */
  host: string;
  port: number;
  signal: AbortSignal;
  observer?: StepObserver;
  /**
   * FTP data connections: the control connection. Its address was judged when it was opened, with the port that an
   * allowance names; here `host` must be that address, and only the port is judged again.
   */
  sameHostAs?: Socket;
}

export interface TlsOptions {
  /** PEM; trusted in place of the public authorities when given. */
  ca?: string | null;
  /** Session to resume (FTPS data connections). */
  session?: Buffer;
}
