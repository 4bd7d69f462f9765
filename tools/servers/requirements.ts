import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server that this machine cannot run; the message says how to get it. */
export class MissingServerError extends Error {
  override readonly name = 'MissingServerError';
}

const SYSTEM_PATHS = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The path of an installed program, or null. System folders count even where they are not on the PATH. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATHS];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const isRoot = (): boolean => process.getuid?.() === 0;

interface Requirement {
  programs: string[];
  /** Debian and Ubuntu. */
  packages: string[];
  /** Why an ordinary user cannot run it. */
  rootBecause?: string;
}

const REQUIREMENTS = {
  radosgw: {
    programs: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'radosgw-admin', 'openssl'],
    packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'openssl'],
  },
  sshd: {
    programs: ['sshd', 'ssh-keygen', 'unshare', 'openssl'],
    packages: ['openssh-server', 'util-linux', 'openssl'],
    rootBecause: 'password logins of several accounts, each in its own chroot',
  },
  proftpd: {
    programs: ['proftpd', 'ftpquota', 'ssh-keygen', 'unshare', 'openssl'],
    packages: ['proftpd-core', 'proftpd-mod-crypto', 'openssh-client', 'util-linux', 'openssl'],
    rootBecause: 'several accounts, each in its own chroot',
  },
  vsftpd: {
    programs: ['apt-get', 'dpkg', 'unshare', 'openssl'],
    packages: ['apt', 'dpkg', 'util-linux', 'openssl', 'libwrap0'],
    rootBecause: 'several accounts, each in its own chroot',
  },
  nginx: { programs: ['nginx'], packages: ['nginx-light'] },
  chromium: { programs: [process.env['CHROMIUM_PATH'] ?? 'chromium'], packages: ['chromium'] },
  rabbitmq: { programs: ['/usr/lib/rabbitmq/bin/rabbitmq-server', 'epmd'], packages: ['rabbitmq-server'] },
  /** No server: a network with nobody else in it. */
  'network namespaces': {
    programs: ['unshare'],
    packages: ['util-linux'],
    rootBecause: 'a process may not make a network for itself',
  },
  /** No server: clients of other makers, which have to understand what we have written, and we them. */
  'foreign clients': {
    programs: ['aws', 'rclone', 'lftp', 'sshpass'],
    packages: ['awscli', 'rclone', 'lftp', 'sshpass'],
  },
} satisfies Record<string, Requirement>;

export type ServerName = keyof typeof REQUIREMENTS;
export const SERVER_NAMES = Object.keys(REQUIREMENTS) as ServerName[];

/** What keeps this machine from running the server, with how to get it; null when nothing does. */
export function missing(server: ServerName): string | null {
  const requirement: Requirement = REQUIREMENTS[server];
  const absent = requirement.programs.filter((name) =>
    name.startsWith('/') ? !isExecutable(name) : !findProgram(name),
  );
  if (absent.length > 0) {
    return `${server} needs ${absent.join(', ')}: apt-get install -y --no-install-recommends ${requirement.packages.join(' ')}`;
  }
  if (requirement.rootBecause && !isRoot()) return `${server} must be started as root: ${requirement.rootBecause}`;
  return null;
}

/** @throws MissingServerError */
export function requireServer(server: ServerName): void {
  const reason = missing(server);
  if (reason) throw new MissingServerError(reason);
}

/** The path of a program that `requireServer` has found to be there. */
export function program(name: string): string {
  const path = findProgram(name);
  if (!path) throw new MissingServerError(`${name} is not installed`);
  return path;
}
