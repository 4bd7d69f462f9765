import { isIP } from 'node:net';
import { posix } from 'node:path';
import type { CheckName, StorageLocation } from '@stowage/contracts';
import { authorityOption, bytesOf, type FailedStep, FILE_BY_HAND, isAboutReaching } from './failed-step.js';
import { fromPerson, inTurn, NOTHING, sh, type ShellText } from './shell.js';
import { tlsHandshake } from './tls.js';

const BEFORE_LOGIN: readonly string[] = [
  'ftp.not_ftp',
  'ftp.unavailable',
  'quota.connections',
  'tls.required',
  'tls.not_tls',
];

/** With curl, which shows every command and reply, and asks for the password itself. */
export function reproduceFtp(failed: FailedStep): ShellText {
  const { location, code } = failed;
  if (code.startsWith('tls.') && !BEFORE_LOGIN.includes(code)) {
    const startTls = location.tls === 'implicit' ? undefined : 'ftp';
    return tlsHandshake(location, { host: location.host ?? '', port: portOf(location), startTls });
  }
  const curl = sh`curl -v --max-time 60${security(location)}`;
  if (BEFORE_LOGIN.includes(code) || isAboutReaching(failed)) return sh`${curl} ${urlOf(location)}`;
  return inTurn(requests(failed, sh`${curl} --user ${fromPerson('STORAGE_USER', 'access_key')}`));
}

function requests(failed: FailedStep, curl: ShellText): ShellText[] {
  const { location, step } = failed;
  const path = posix.join(location.bucket ?? '', location.path_prefix ?? '', FILE_BY_HAND);
  const file = urlOf(location, path);
  const remove = sh`${curl} --head --quote ${`DELE ${path}`} ${urlOf(location)}`;
  const look = sh`${curl} --head ${file}`;
  const read = sh`${curl} -o /dev/null ${file}`;
  const afterPut: Partial<Record<CheckName, ShellText[]>> = {
    write: [],
    multipart: [],
    size: [look],
    read: [read],
    compare: [read],
    range: [sh`${curl} --range 8-23 -o /dev/null ${file}`],
    delete: [remove],
    gone: [remove, look],
  };
  const then = afterPut[step];
  if (then === undefined) return [lookAround(failed, curl)];
  return [sh`head -c ${bytesOf(failed)} /dev/zero | ${curl} --ftp-create-dirs -T - ${file}`, ...then];
}

/** A listing needs a data connection; to log in and to change the directory does not. */
function lookAround({ location, code, step }: FailedStep, curl: ShellText): ShellText {
  const directory = step === 'container' && location.bucket ? `${location.bucket}/` : '';
  return sh`${curl}${code.startsWith('ftp.passive') ? NOTHING : sh` --head`} ${urlOf(location, directory)}`;
}

function security(location: StorageLocation): ShellText {
  if (location.tls === 'none') return NOTHING;
  const trust = authorityOption('--cacert', location);
  if (location.tls === 'implicit') return trust;
  return location.tls === 'explicit' ? sh` --ssl-reqd${trust}` : sh` --ssl${trust}`;
}

const portOf = ({ port, tls }: StorageLocation): number => port ?? (tls === 'implicit' ? 990 : 21);

/** RFC 1738 section 3.2.2: a first slash that belongs to the path is written as `%2F`. */
function urlOf(location: StorageLocation, path = ''): string {
  const host = location.host ?? '';
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${portOf(location)}`;
  const encoded = path.split('/').map(encodeURIComponent).join('/').replace(/^\//, '%2F');
  return `${location.tls === 'implicit' ? 'ftps' : 'ftp'}://${authority}/${encoded}`;
}
