import { Injectable, Logger } from '@nestjs/common';
import {
  type HostKeyPolicy,
  placeOf,
  type StorageLocation,
  StowageError,
  type TlsMode,
  type Warning,
} from '@stowage/contracts';
import { deadlineAfter, DIAGNOSES, StorageFailure } from '@stowage/providers';
import { Prober, type TargetRequest } from '../probe-pool/prober.js';

/** Time for a key exchange or AUTH TLS inside a write of 5 s. */
const DISCOVERY_MS = 3000;

export interface Discovered {
  hostKeySha256: string | null;
  tls: TlsMode | null;
  warnings: Warning[];
}

/** Finds out, without sending credentials, what a person seldom knows: the SFTP host key to pin, the TLS mode of an FTP server. */
@Injectable()
export class TargetDiscovery {
  private readonly logger = new Logger(TargetDiscovery.name);

  constructor(private readonly prober: Prober) {}

  /**
   * What is given stays as it is. A server that does not answer now does not keep a configuration from being saved.
   * @throws StowageError `request.validation` under `host_key_policy: strict` without a fingerprint, and `config.unusable`
   * for a target that policy forbids
   */
  async complete(target: TargetRequest, policy: HostKeyPolicy | undefined, signal: AbortSignal): Promise<Discovered> {
    const { provider, host_key_sha256, tls } = target.location;
    const deadline = deadlineAfter(DISCOVERY_MS, signal);
    try {
      if (provider === 'sftp' && host_key_sha256 === null) {
        return await this.findHostKey(target, policy, deadline.signal);
      }
      if (provider === 'ftp' && tls === null) return await this.findTlsMode(target, deadline.signal);
      return { hostKeySha256: host_key_sha256, tls, warnings: [] };
    } finally {
      deadline.clear();
    }
  }

  private async findHostKey(
    target: TargetRequest,
    policy: HostKeyPolicy | undefined,
    signal: AbortSignal,
  ): Promise<Discovered> {
    const met = await this.ask(() => this.prober.hostKey(target, { signal }));
    if (policy === 'strict') throw unconfirmed(met);
    if (met === null) {
      const message = `The server at ${addressOf(target.location)} did not show its host key. It is pinned at the first test that reaches it; no backup uses this storage before.`;
      return { hostKeySha256: null, tls: null, warnings: [{ code: 'ssh.host_key.unpinned', message }] };
    }
    const message = `The host key ${met} was pinned as it was met. Compare it with the server's own (ssh-keygen -lf).`;
    return { hostKeySha256: met, tls: null, warnings: [{ code: 'ssh.host_key.unconfirmed', message }] };
  }

  /** Unknown counts as `explicit`: a password must not go out in clear because a server was away when it was saved. */
  private async findTlsMode(target: TargetRequest, signal: AbortSignal): Promise<Discovered> {
    const mode = await this.ask(() => this.prober.ftpTlsMode(target, { signal }));
    const warnings = tlsWarnings(target.location, mode);
    return { hostKeySha256: null, tls: mode ?? 'explicit', warnings };
  }

  /** Null when the server could not be asked in time. */
  private async ask<T>(question: () => Promise<T>): Promise<T | null> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof StorageFailure && error.code === 'target.forbidden') {
        throw new StowageError('config.unusable', DIAGNOSES[error.code].cause, { cause: error });
      }
      this.logger.debug(`A server was not found out about: ${placeOf(error)}`);
      return null;
    }
  }
}

function unconfirmed(met: string | null): StowageError {
  const seen = met === null ? '' : ` The server shows ${met}; send it as host_key_sha256 once you have confirmed it.`;
  const message = `The host key of this server is not confirmed yet.${seen}`;
  return StowageError.validation([{ field: 'host_key_sha256', code: 'ssh.host_key.unknown', message }]);
}

function tlsWarnings(location: StorageLocation, mode: TlsMode | null): Warning[] {
  if (mode === 'none') {
    const message =
      'The server offers no TLS: the password and every backup travel in clear text. Prefer SFTP or FTPS.';
    return [{ code: 'ftp.clear_text', message }];
  }
  if (mode !== null) return [];
  const message = `The server at ${addressOf(location)} did not answer, so TLS is taken to be required (tls: explicit). Set tls to none if it offers none.`;
  return [{ code: 'ftp.tls.assumed', message }];
}

function addressOf({ host, port }: StorageLocation): string {
  return `${host}:${port}`;
}
