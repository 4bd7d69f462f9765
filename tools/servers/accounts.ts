import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './requirements.js';
import { run } from './run.js';

/** An account that exists only inside a test server. */
export interface Account {
  name: string;
  uid: number;
  home: string;
  /** The password must be changed at the next login. */
  isExpired?: boolean;
}

/** Another one in each process, and long enough to be looked for in what must not hold it. */
const RUN = randomBytes(12).toString('hex');

export const passwordOf = (name: string): string => `pw-${name}-${RUN}`;

/** As in /etc/shadow: sha512crypt. */
export async function hashPassword(name: string): Promise<string> {
  return (await run(program('openssl'), ['passwd', '-6', '-salt', name, passwordOf(name)])).trim();
}

/** A folder that belongs to the account, or to nobody it knows when `uid` is 0. */
export function makeFolder(path: string, uid: number, mode = 0o755): void {
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, uid);
  chmodSync(path, mode);
}

/** The accounts that the servers themselves run as. */
const SYSTEM_ACCOUNTS = [
  { name: 'root', uid: 0, gid: 0, group: 'root' },
  { name: 'sshd', uid: 61_000, gid: 65_534, group: null },
  { name: 'nobody', uid: 65_534, gid: 65_534, group: 'nogroup' },
];

/**
 * Files to be mounted over /etc/passwd, /etc/shadow and /etc/group, and a PAM service that knows plain Unix passwords only.
 * Nothing in the machine's own /etc is touched.
 */
export async function writeAccountFiles(directory: string, accounts: Account[]): Promise<void> {
  const hashes = await Promise.all(accounts.map(({ name }) => hashPassword(name)));
  const write = (file: string, lines: string[], mode: number) => {
    const path = join(directory, file);
    writeFileSync(path, `${lines.join('\n')}\n`);
    chmodSync(path, mode);
  };
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  const people = accounts.map(({ name, uid, home }) => `${name}:x:${uid}:${uid}:${name}:${home}:/bin/sh`);
  const daemons = SYSTEM_ACCOUNTS.map(
    ({ name, uid, gid }) => `${name}:x:${uid}:${gid}:${name}:/nonexistent:/bin/false`,
  );
  write('passwd', [...daemons, ...people], 0o644);
  const locked = SYSTEM_ACCOUNTS.map(({ name }) => `${name}:*:19000:0:99999:7:::`);
  const open = accounts.map(({ name, isExpired }, i) => `${name}:${hashes[i]}:${isExpired ? 0 : 19_000}:0:99999:7:::`);
  write('shadow', [...locked, ...open], 0o600);
  const groups = SYSTEM_ACCOUNTS.filter(({ group }) => group).map(({ group, gid }) => `${group}:x:${gid}:`);
  write('group', [...groups, ...accounts.map(({ name, uid }) => `${name}:x:${uid}:`)], 0o644);
  const pam = ['auth required pam_unix.so', 'account required pam_unix.so', 'session required pam_permit.so'];
  write('pam', [...pam, 'password required pam_deny.so'], 0o644);
}

/** Shell lines for inside a mount namespace: the files of `writeAccountFiles` in place of the machine's. */
export const mountAccountFiles = (directory: string, pamService: string): string[] => [
  ...['passwd', 'shadow', 'group'].map((file) => `mount --bind '${join(directory, file)}' /etc/${file}`),
  `mount --bind '${join(directory, 'pam')}' /etc/pam.d/${pamService}`,
];

/** A disk that can be filled. */
export const mountSmallDisk = (path: string, uid: number, mebibytes = 2): string =>
  `mount -t tmpfs -o size=${mebibytes}m,mode=755,uid=${uid},gid=${uid} tmpfs '${path}'`;
