import type { TlsMode } from '@stowage/contracts';
import type { FtpServer } from './ftp/find-tls-mode.js';

export type { FtpServer };

/** How an FTP server is to be spoken to, found without a login. @throws StorageFailure */
export async function findFtpTlsMode(server: FtpServer): Promise<TlsMode> {
  const ftp = await import('./ftp/find-tls-mode.js');
  return ftp.findTlsMode(server);
}
