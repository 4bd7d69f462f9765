import { isIP } from 'node:net';
import type { CheckName, Credentials, StorageLocation } from '@stowage/contracts';
import { bytesOf, type FailedStep, FILE_BY_HAND, isAboutReaching } from './failed-step.js';
import { fromPerson, inTurn, NOTHING, sh, type ShellText } from './shell.js';

const DEFAULT_PORT = 22;

/** Failures of the very first words, for which nobody has to log in. */
const BEFORE_LOGIN: readonly string[] = ['ssh.not_ssh', 'ssh.protocol_version', 'ssh.algorithms', 'quota.connections'];
const ABOUT_THE_KEY_FILE: readonly string[] = [
  'ssh.key_passphrase_missing',
  'ssh.key_passphrase_wrong',
  'ssh.key_format',
  'ssh.key_is_public',
];
const KEY_FILE = fromPerson('KEY_FILE', 'the path of a file that holds private_key');

/** With the programs of OpenSSH, which ask for passwords themselves. */
export function reproduceSftp(failed: FailedStep): ShellText {
  const { location, credentials, code } = failed;
  const host = location.host ?? '';
  const port = location.port ?? DEFAULT_PORT;
  if (code.startsWith('ssh.host_key.')) return sh`ssh-keyscan -p ${port} -- ${host} | ssh-keygen -lf -`;
  if (ABOUT_THE_KEY_FILE.includes(code)) return sh`ssh-keygen -y -f ${KEY_FILE}`;
  if (BEFORE_LOGIN.includes(code) || isAboutReaching(failed)) {
    return sh`ssh -v -o BatchMode=yes -o ConnectTimeout=20 -p ${port} -- ${host} true`;
  }
  const place = isIP(host) === 6 ? `[${host}]` : host;
  const user = fromPerson('STORAGE_USER', 'access_key');
  const session = sh`${commands(failed)} | sftp -P ${port}${methods(credentials)} ${user}@${place}`;
  return writes(failed) ? inTurn([sh`head -c ${bytesOf(failed)} /dev/zero >${FILE_BY_HAND}`, session]) : session;
}

/** Only what was tried, so that a key of the person who runs it does not open what ours did not. */
function methods({ private_key, secret_key }: Credentials): ShellText {
  if (private_key === undefined) return sh` -o PubkeyAuthentication=no`;
  const key = sh` -o IdentitiesOnly=yes -i ${KEY_FILE}`;
  return secret_key === undefined ? sh`${key} -o PreferredAuthentications=publickey` : key;
}

const AFTER_PUT: Partial<Record<CheckName, string[]>> = {
  write: [],
  multipart: [],
  size: [`ls -l ${FILE_BY_HAND}`],
  read: [`get ${FILE_BY_HAND} /dev/null`],
  compare: [`get ${FILE_BY_HAND} /dev/null`],
  range: [`get ${FILE_BY_HAND} /dev/null`],
  delete: [`rm ${FILE_BY_HAND}`],
  gone: [`rm ${FILE_BY_HAND}`, `ls -l ${FILE_BY_HAND}`],
};

const writes = ({ step }: FailedStep): boolean => AFTER_PUT[step] !== undefined;

function commands({ location, step }: FailedStep): ShellText {
  const then = AFTER_PUT[step];
  const lines = then === undefined ? ['pwd'] : [...directories(location), `put ${FILE_BY_HAND}`, ...then];
  const all = [...(location.bucket && step !== 'authenticate' ? [`cd ${inSftp(location.bucket)}`] : []), ...lines];
  return sh`printf ${String.raw`%s\n`}${all.reduce((text, line) => sh`${text} ${line}`, NOTHING)}`;
}

/** Those of the path prefix, made where they are missing. */
function directories({ path_prefix }: StorageLocation): string[] {
  const names = (path_prefix ?? '').split('/').filter((name) => name !== '');
  return names.flatMap((name) => [`-mkdir ${inSftp(`./${name}`)}`, `cd ${inSftp(`./${name}`)}`]);
}

/** A path among the commands of sftp(1), which knows double quotes and backslashes. */
const inSftp = (path: string): string => `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
