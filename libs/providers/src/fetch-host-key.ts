import type { HostKey } from './sftp/fingerprint.js';
import type { SshServer } from './sftp/host-key.js';

export type { HostKey, SshServer };

/** The host key of an SFTP server, by a key exchange alone: no user name and no credentials are sent. @throws StorageFailure */
export async function fetchHostKey(server: SshServer): Promise<HostKey> {
  const sftp = await import('./sftp/host-key.js');
  return sftp.fetchHostKey(server);
}
