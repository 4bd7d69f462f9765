import type { PolicyTarget } from './storage-policy.js';

/** The account on an SFTP or FTP server that backups log in to. */
export const SERVER_USER = 'stowage';

/** The account sees this folder as `/`. It belongs to root, so that nothing can be put beside the backups. */
export const SERVER_ROOT = '/srv/stowage';

const DEFAULT_FOLDER = 'backups';

/** What to fill in as base directory: the one named, else a folder, as the root itself cannot be written to. */
export function baseDirectory({ bucket }: PolicyTarget): string {
  return bucket === null || bucket === '/' ? DEFAULT_FOLDER : bucket;
}

/** The base directory as the server itself sees it. */
export function serverFolder(target: PolicyTarget): string {
  return `${SERVER_ROOT}/${baseDirectory(target).replace(/^\//, '')}`;
}

/** No password fits `*`, yet the account is not locked, which OpenSSH without PAM would refuse with a key too. */
export function accountCommands(target: PolicyTarget): string[] {
  return [
    `sudo useradd --home-dir / --no-create-home --shell /usr/sbin/nologin --password '*' ${SERVER_USER}`,
    `sudo install -d -o root -g root -m 755 ${SERVER_ROOT}`,
    `sudo install -d -o ${SERVER_USER} -g ${SERVER_USER} -m 700 ${serverFolder(target)}`,
  ];
}
