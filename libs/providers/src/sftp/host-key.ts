import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { Dialer } from '../dialer/dialer.js';
import type { StepObserver } from '../step-observer.js';
import { HOST_KEY_KINDS, safeAlgorithms } from './algorithms.js';
import type { HostKey } from './fingerprint.js';
import { startSsh } from './ssh-connection.js';

export interface SshServer {
  host: string;
  port: number;
  dialer: Dialer;
  signal: AbortSignal;
  observer?: StepObserver;
}

/**
 * The host key that a server shows and proves to hold, by a key exchange alone: no user name and no credentials are sent.
 *
 * @throws StorageFailure as `Dialer.connect`, and `network.dropped`, `network.no_response`, `ssh.not_ssh`,
 * `ssh.protocol_version`, `ssh.algorithms`
 */
export async function fetchHostKey(server: SshServer, kinds?: ServerHostKeyAlgorithm[]): Promise<HostKey> {
  const { host, port, dialer, signal, observer } = server;
  const socket = await dialer.connect({ host, port, signal, observer });
  try {
    const config = { username: '', algorithms: safeAlgorithms(kinds) };
    const { hostKey } = await startSsh({ socket, config, until: 'handshake', signal });
    return hostKey;
  } finally {
    socket.destroy();
  }
}

/**
 * A pinned fingerprint may be that of another key of the same server, as a server holds one of each kind and we ask for
 * the best first. Returns the kind whose key has the fingerprint; null when no key of the server has it.
 */
export async function kindOfPinnedKey(server: SshServer, sha256: string): Promise<ServerHostKeyAlgorithm[] | null> {
  for (const kind of HOST_KEY_KINDS) {
    const met = await fetchHostKey({ ...server, observer: undefined }, kind).catch(() => null);
    if (met?.sha256 === sha256) return kind;
  }
  return null;
}
