import type { Socket } from 'node:net';
import type { Credentials } from '@stowage/contracts';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { abortFailure } from '../deadline.js';
import { StorageFailure } from '../failure.js';
import { type HostKey, hostKeyOf } from './fingerprint.js';
import { Greeting } from './greeting.js';
import { handshakeFailure } from './symptoms.js';

/** For key exchange and login together. A PAM delay takes 2 s, a reverse lookup that fails up to 10 s. */
const LOGIN_TIMEOUT_MS = 12_000;
const KEEPALIVE_INTERVAL_MS = 15_000;
/** Characters. */
const MAX_BANNER = 4096;

export interface SshStart {
  /** Open already; destroyed when the start fails. */
  socket: Socket;
  config: ConnectConfig;
  /** `handshake`: the key exchange is done and the host key proven. `ready`: logged in. */
  until: 'handshake' | 'ready';
  signal: AbortSignal;
  /** Asked before anything of the login is sent; what it returns ends the connection. */
  judgeHostKey?: (met: HostKey) => StorageFailure | undefined;
  /** Why the login was refused, once it was. */
  loginFailure?: () => StorageFailure | undefined;
  /** To be kept out of what the server says. */
  credentials?: Credentials;
}

export interface SshStarted {
  client: Client;
  hostKey: HostKey;
  /** What the server said before it let the user in (RFC 4252 section 5.4). Its own words, scrubbed of nothing. */
  banner: string;
}

/** Speaks SSH on an open socket. @throws StorageFailure as `handshakeFailure` tells, or that of the two callbacks */
export function startSsh(start: SshStart): Promise<SshStarted> {
  const { socket, config, until, signal, credentials } = start;
  const client = new ssh2.Client();
  let hostKey: HostKey | undefined;
  let refusal: StorageFailure | undefined;
  let proven = false;
  let banner = '';

  /** Asked again at every later key exchange, when the key must still be the same. */
  const verifyHostKey = (raw: Buffer): boolean => {
    const met = hostKeyOf(raw);
    if (hostKey !== undefined) return met.sha256 === hostKey.sha256;
    hostKey = met;
    refusal = start.judgeHostKey?.(met);
    return refusal === undefined;
  };

  return new Promise((resolve, reject) => {
    const fail = (failure: StorageFailure) => {
      stopWaiting();
      reject(failure);
      socket.destroy();
    };
    const greeting = new Greeting(socket, fail);
    const explain = (error: Error) =>
      fail(refusal ?? start.loginFailure?.() ?? handshakeFailure(error, { greeting, proven, credentials }));
    const onClose = () => explain(new Error('The connection was closed'));
    const onAbort = () => {
      const deadline = abortFailure(signal, 'network.no_response', { step: 'authenticate' });
      fail(greeting.whyNotSsh(deadline) ?? deadline);
    };
    const stopWaiting = () => {
      greeting.stopWatching();
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose);
    };
    // Stays for good: an 'error' that nobody listens to would end the process.
    client.on('error', explain);
    client.once('close', onClose);
    client.on('banner', (words) => (banner = `${banner}${words}`.slice(-MAX_BANNER)));
    client.once('handshake', () => (proven = true));
    client.once('change password', () => fail(new StorageFailure('ssh.password_expired', { step: 'authenticate' })));
    client.once(until as 'ready', () => {
      stopWaiting();
      // The signature over the key exchange is checked after the verifier was asked: only now is the key proven.
      resolve({ client, hostKey: hostKey as HostKey, banner });
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    client.connect({
      ...config,
      sock: socket,
      hostVerifier: verifyHostKey,
      readyTimeout: LOGIN_TIMEOUT_MS,
      keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    });
  });
}
