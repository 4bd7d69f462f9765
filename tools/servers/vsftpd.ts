import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder, mountAccountFiles, mountSmallDisk, passwordOf, writeAccountFiles } from './accounts.js';
import { makeCertificate, type Certificate } from './certificate.js';
import { unpackDebianPackages } from './debian-package.js';
import type { FtpServer, FtpUser } from './ftp-server.js';
import type { LeashedProcess } from './leashed-process.js';
import { launchInNamespace } from './namespace.js';
import { accepts, freePorts } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { findProgram, requireServer } from './requirements.js';

const USERS = {
  rw: 61_201,
  /** Every write is 550; `/hello.txt` is there to be read. */
  ro: 61_202,
  /** A disk of 2 MiB. */
  full: 61_203,
  /** A folder that it may not write. */
  denied: 61_204,
} as const;

export type VsftpdUser = keyof typeof USERS;
export type Vsftpd = FtpServer<VsftpdUser>;

const MODES = ['plain', 'explicit', 'implicit'] as const;
type Mode = (typeof MODES)[number];
const PASSIVE_PORTS = 15;

export interface VsftpdOptions {
  cache?: string;
  /** Lines of its configuration, in place of ours. */
  settings?: string[];
}

/**
 * A real vsftpd, which differs from ProFTPD where it hurts: no MLSD, a refused login is answered late. One process per way
 * of connecting. Ready after about 1 s. Needs root. Its package conflicts with ProFTPD's, so where it is not installed it
 * is unpacked into `cache` (default `.stowage/cache`).
 */
export async function startVsftpd({ cache = '.stowage/cache', settings = [] }: VsftpdOptions = {}): Promise<Vsftpd> {
  requireServer('vsftpd');
  const command = await findVsftpd(cache);
  const directory = makePrivateDirectory('vsftpd');
  const servers: LeashedProcess[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    removePrivateDirectory(directory);
  };
  try {
    const firstPort = await freePorts(MODES.length * (PASSIVE_PORTS + 1));
    await makeAccounts(directory);
    const certificate = await makeCertificate(directory);
    for (const [i, mode] of MODES.entries()) {
      const firstPassive = firstPort + MODES.length + i * PASSIVE_PORTS;
      const content = configuration(directory, mode, firstPort + i, firstPassive, [
        ...tlsLines(mode, certificate),
        ...settings,
      ]);
      servers.push(launch(directory, command, mode, content));
    }
    await Promise.all(servers.map((server, i) => server.ready(() => accepts(firstPort + i), 15)));
    return {
      host: '127.0.0.1',
      plainPort: firstPort,
      explicitTlsPort: firstPort + 1,
      implicitTlsPort: firstPort + 2,
      certificate: certificate.pem,
      users: Object.fromEntries(names().map((name) => [name, userOf(name)])) as Record<VsftpdUser, FtpUser>,
      folderOf: (user) => homeOf(directory, user),
      log: () => servers.map((server) => server.log).join(''),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findVsftpd(cache: string): Promise<string> {
  const installed = findProgram('vsftpd');
  if (installed) return installed;
  const folder = resolve(cache, 'vsftpd');
  await unpackDebianPackages(['vsftpd'], folder);
  return join(folder, 'usr/sbin/vsftpd');
}

const names = () => Object.keys(USERS) as VsftpdUser[];
const userOf = (name: string): FtpUser => ({ access_key: name, secret_key: passwordOf(name) });
const logFile = (directory: string, mode: Mode) => join(directory, `${mode}.log`);
const homeOf = (directory: string, name: string) => join(directory, 'home', name);

async function makeAccounts(directory: string): Promise<void> {
  chmodSync(directory, 0o755);
  makeFolder(join(directory, 'home'), 0);
  makeFolder(join(directory, 'empty'), 0);
  const accounts = names().map((name) => ({ name, uid: USERS[name], home: homeOf(directory, name) }));
  await writeAccountFiles(join(directory, 'accounts'), accounts);
  for (const { name, uid, home } of accounts) makeFolder(home, name === 'denied' ? 0 : uid);
  writeFileSync(join(homeOf(directory, 'ro'), 'hello.txt'), 'hello\n');
  mkdirSync(join(directory, 'users'));
  writeFileSync(join(directory, 'users', 'ro'), 'write_enable=NO\n');
}

const tlsLines = (mode: Mode, certificate: Certificate): string[] =>
  mode === 'plain'
    ? []
    : [
        'ssl_enable=YES',
        `rsa_cert_file=${certificate.certificateFile}`,
        `rsa_private_key_file=${certificate.keyFile}`,
        'force_local_logins_ssl=YES',
        'force_local_data_ssl=YES',
        'require_ssl_reuse=YES',
        'ssl_ciphers=HIGH',
        `implicit_ssl=${mode === 'implicit' ? 'YES' : 'NO'}`,
      ];

const configuration = (directory: string, mode: Mode, port: number, firstPassive: number, more: string[]): string =>
  `${[
    'listen=YES',
    'listen_address=127.0.0.1',
    `listen_port=${port}`,
    'background=NO',
    'seccomp_sandbox=NO',
    'anonymous_enable=NO',
    'local_enable=YES',
    'write_enable=YES',
    'local_umask=022',
    'chroot_local_user=YES',
    'allow_writeable_chroot=YES',
    `secure_chroot_dir=${join(directory, 'empty')}`,
    `user_config_dir=${join(directory, 'users')}`,
    'pam_service_name=other',
    'use_localtime=NO',
    'utf8_filesystem=YES',
    `pasv_min_port=${firstPassive}`,
    `pasv_max_port=${firstPassive + PASSIVE_PORTS - 1}`,
    'xferlog_enable=YES',
    'dual_log_enable=NO',
    'log_ftp_protocol=YES',
    `vsftpd_log_file=${logFile(directory, mode)}`,
    'connect_from_port_20=NO',
    ...more,
  ].join('\n')}\n`;

function launch(directory: string, command: string, mode: Mode, content: string): LeashedProcess {
  const file = join(directory, `${mode}.conf`);
  writeFileSync(file, content);
  return launchInNamespace(
    { name: `vsftpd (${mode})`, command, args: [file], logFile: logFile(directory, mode), graceSeconds: 2 },
    [mountSmallDisk(homeOf(directory, 'full'), USERS.full), ...mountAccountFiles(join(directory, 'accounts'), 'other')],
  );
}
