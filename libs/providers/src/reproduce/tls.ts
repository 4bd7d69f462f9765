import { isIP } from 'node:net';
import type { StorageLocation } from '@stowage/contracts';
import { authorityOption } from './failed-step.js';
import { NOTHING, sh, type ShellText } from './shell.js';

/** A handshake that shows the certificates of the server and ends with what is wrong with them. */
export function tlsHandshake(
  location: StorageLocation,
  { host, port, startTls }: { host: string; port: number; startTls?: 'ftp' },
): ShellText {
  const kind = isIP(host);
  const authority = kind === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  const name = kind === 0 ? sh`-servername ${host} -verify_hostname ${host}` : sh`-verify_ip ${host}`;
  const start = startTls === undefined ? NOTHING : sh` -starttls ${startTls}`;
  const trust = authorityOption('-CAfile', location);
  return sh`openssl s_client -connect ${authority} ${name}${start}${trust} -verify_return_error </dev/null`;
}
