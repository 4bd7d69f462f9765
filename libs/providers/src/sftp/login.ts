import type { Socket } from 'node:net';
import type { Credentials } from '@stowage/contracts';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { DriverOptions } from '../driver.js';
import { StorageFailure } from '../failure.js';
import { safeAlgorithms } from './algorithms.js';
import { Authentication } from './authentication.js';
import type { HostKey } from './fingerprint.js';
import { kindOfPinnedKey, type SshServer } from './host-key.js';
import { openPrivateKey } from './open-private-key.js';
import { type SshStarted, startSsh } from './ssh-connection.js';

export interface LoginOptions {
  server: SshServer;
  credentials: Credentials;
  /** `SHA256:…`; null: none is pinned, `policy` decides. */
  pinned: string | null;
  policy: NonNullable<DriverOptions['hostKeyPolicy']>;
  /** Told of the key that the server showed, also of one that is refused. */
  onHostKey?: (sha256: string) => void;
}

export interface Login extends SshStarted {
  socket: Socket;
}

/**
 * Reaches the server, judges its host key, then logs in: nothing of the credentials leaves before the key is accepted.
 *
 * @throws StorageFailure as `Dialer.connect` and `fetchHostKey`, and `ssh.host_key.unknown`, `ssh.host_key.changed`,
 * `ssh.key_*`, `ssh.password_*`, `ssh.authentication_failed`, `ssh.interactive_required`
 */
export async function logIn(options: LoginOptions): Promise<Login> {
  const { server, pinned } = options;
  try {
    return await attempt(options);
  } catch (error) {
    if (pinned === null || !(error instanceof StorageFailure && error.code === 'ssh.host_key.changed')) throw error;
    const kind = await kindOfPinnedKey(server, pinned);
    if (kind === null) throw error;
    return attempt({ ...options, server: { ...server, observer: undefined } }, kind);
  }
}

async function attempt(options: LoginOptions, kinds?: ServerHostKeyAlgorithm[]): Promise<Login> {
  const { server, credentials, pinned, policy, onHostKey } = options;
  const { host, port, dialer, signal, observer } = server;
  const key = credentials.private_key ? openPrivateKey(credentials.private_key, credentials.passphrase) : undefined;
  const authentication = new Authentication(credentials, key);
  const socket = await dialer.connect({ host, port, signal, observer });
  const started = await startSsh({
    socket,
    config: {
      username: credentials.access_key,
      algorithms: safeAlgorithms(kinds),
      authHandler: authentication.handler,
    },
    until: 'ready',
    signal,
    judgeHostKey: (met) => {
      onHostKey?.(met.sha256);
      return refusalOf(met, pinned, policy);
    },
    loginFailure: () => authentication.failure(),
    credentials,
  });
  return { ...started, socket };
}

function refusalOf(met: HostKey, pinned: string | null, policy: LoginOptions['policy']): StorageFailure | undefined {
  if (met.sha256 === pinned) return undefined;
  if (pinned !== null) {
    return new StorageFailure('ssh.host_key.changed', { step: 'authenticate', values: { met: met.sha256, pinned } });
  }
  if (policy === 'accept-new') return undefined;
  return new StorageFailure('ssh.host_key.unknown', {
    step: 'authenticate',
    values: { met: met.sha256 },
    suggested: { host_key_sha256: met.sha256 },
  });
}
