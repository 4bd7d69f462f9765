import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword, makeFolder, mountSmallDisk, passwordOf } from './accounts.js';
import { makeCertificate, type Certificate } from './certificate.js';
import type { FtpServer, FtpUser } from './ftp-server.js';
import type { LeashedProcess } from './leashed-process.js';
import { launchInNamespace } from './namespace.js';
import { accepts, freePorts } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { findProgram, program, requireServer } from './requirements.js';
import { run } from './run.js';

const USERS = {
  rw: 61_101,
  /** Every write is 550; `/hello.txt` is there to be read. */
  ro: 61_102,
  /** May write, not delete or rename. */
  nodelete: 61_103,
  /** May upload 1 MiB in all, then 552. */
  quota: 61_104,
  /** A disk of 2 MiB. */
  full: 61_105,
  /** A folder that it may not enter or write. */
  denied: 61_106,
  /** A disk of 10 MiB. */
  small: 61_107,
  /** May upload 10 MiB in all. */
  smallquota: 61_108,
} as const;

export type ProftpdUser = keyof typeof USERS;

export interface ProftpdOptions {
  /** More lines of its configuration, for every way of connecting. */
  settings?: string[];
}

export interface Proftpd extends FtpServer<ProftpdUser> {
  /** SFTP on the same accounts, passwords only (mod_sftp). */
  sftpPort: number;
  /** `SHA256:…` of the one host key of `sftpPort`. */
  hostKeySha256: string;
  /** Clear text; PASV answers 127.99.99.99, EPSV is refused: a client that obeys goes astray. */
  otherPassiveAddressPort: number;
  /** Clear text without MLSD, MLST and EPSV: LIST and PASV only. */
  plainListPort: number;
  /** Clear text without any passive mode: no data connection can be made. */
  noPassivePort: number;
}

const PORTS = { plain: 0, explicit: 1, implicit: 2, sftp: 3, otherAddress: 4, plainList: 5, noPassive: 6 };
const FIRST_PASSIVE = 10;
const PASSIVE_PORTS = 40;

/** A real ProFTPD, one process with a virtual server per way of connecting. Ready after about 1 s. Needs root. */
export async function startProftpd({ settings = [] }: ProftpdOptions = {}): Promise<Proftpd> {
  requireServer('proftpd');
  const directory = makePrivateDirectory('proftpd');
  let server: LeashedProcess | undefined;
  const stop = async () => {
    await server?.stop();
    removePrivateDirectory(directory);
  };
  try {
    const firstPort = await freePorts(FIRST_PASSIVE + PASSIVE_PORTS);
    await makeAccounts(directory);
    const certificate = await makeCertificate(directory);
    const hostKeySha256 = await makeHostKey(directory);
    writeFileSync(join(directory, 'proftpd.conf'), configuration(directory, firstPort, certificate, settings));
    server = await launch(directory, firstPort);
    return {
      host: '127.0.0.1',
      plainPort: firstPort + PORTS.plain,
      explicitTlsPort: firstPort + PORTS.explicit,
      implicitTlsPort: firstPort + PORTS.implicit,
      sftpPort: firstPort + PORTS.sftp,
      otherPassiveAddressPort: firstPort + PORTS.otherAddress,
      plainListPort: firstPort + PORTS.plainList,
      noPassivePort: firstPort + PORTS.noPassive,
      certificate: certificate.pem,
      hostKeySha256,
      users: Object.fromEntries(names().map((name) => [name, userOf(name)])) as Record<ProftpdUser, FtpUser>,
      folderOf: (user) => homeOf(directory, user),
      log: () => server?.log ?? '',
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const names = () => Object.keys(USERS) as ProftpdUser[];
const userOf = (name: string): FtpUser => ({ access_key: name, secret_key: passwordOf(name) });
const homeOf = (directory: string, name: string) => join(directory, 'home', name);

async function makeAccounts(directory: string): Promise<void> {
  chmodSync(directory, 0o755);
  makeFolder(join(directory, 'home'), 0);
  const passwords: string[] = [];
  for (const name of names()) {
    makeFolder(homeOf(directory, name), name === 'denied' ? 0 : USERS[name]);
    const hash = await hashPassword(name);
    passwords.push(`${name}:${hash}:${USERS[name]}:${USERS[name]}::${homeOf(directory, name)}:/bin/false\n`);
  }
  writeFileSync(join(directory, 'passwd'), passwords.join(''), { mode: 0o640 });
  makeFolder(join(homeOf(directory, 'denied'), 'private'), 0, 0o700);
  writeFileSync(join(homeOf(directory, 'ro'), 'hello.txt'), 'hello\n');
  await makeQuota(directory);
}

async function makeQuota(directory: string): Promise<void> {
  mkdirSync(join(directory, 'quota'));
  const table = (type: 'limit' | 'tally') => [`--type=${type}`, `--table-path=${join(directory, 'quota', type)}`];
  await run(program('ftpquota'), ['--create-table', ...table('limit')]);
  await run(program('ftpquota'), ['--create-table', ...table('tally')]);
  for (const [name, mebibytes] of [
    ['quota', 1],
    ['smallquota', 10],
  ] as const) {
    const limit = [
      `--name=${name}`,
      '--quota-type=user',
      '--limit-type=hard',
      `--bytes-upload=${mebibytes}`,
      '--units=Mb',
    ];
    await run(program('ftpquota'), ['--add-record', ...table('limit'), ...limit]);
  }
}

async function makeHostKey(directory: string): Promise<string> {
  const file = join(directory, 'host-key');
  await run(program('ssh-keygen'), ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', file]);
  const listing = await run(program('ssh-keygen'), ['-lf', `${file}.pub`]);
  return listing.split(' ')[1] ?? '';
}

function configuration(directory: string, firstPort: number, certificate: Certificate, settings: string[]): string {
  const everyServer = [
    `PassivePorts ${firstPort + FIRST_PASSIVE} ${firstPort + FIRST_PASSIVE + PASSIVE_PORTS - 1}`,
    'DefaultRoot ~',
    'AllowOverwrite on',
    'AllowStoreRestart on',
    'AllowRetrieveRestart on',
    'UseEncoding UTF-8 UTF-8',
    'RequireValidShell off',
    `AuthUserFile ${join(directory, 'passwd')}`,
    'AuthOrder mod_auth_file.c',
    'QuotaEngine on',
    `QuotaLimitTable file:${join(directory, 'quota', 'limit')}`,
    `QuotaTallyTable file:${join(directory, 'quota', 'tally')}`,
    '<Directory />',
    '  <Limit WRITE>',
    '    DenyUser ro',
    '  </Limit>',
    '  <Limit DELE RMD XRMD RNFR RNTO REMOVE RMDIR RENAME>',
    '    DenyUser ro,nodelete',
    '  </Limit>',
    '</Directory>',
    ...settings,
  ];
  const tls = [
    'TLSEngine on',
    'TLSRequired on',
    'TLSProtocol TLSv1.2 TLSv1.3',
    `TLSECCertificateFile ${certificate.certificateFile}`,
    `TLSECCertificateKeyFile ${certificate.keyFile}`,
    'TLSVerifyClient off',
  ];
  const refuse = (...commands: string[]) => [`<Limit ${commands.join(' ')}>`, '  DenyAll', '</Limit>'];
  const virtualServer = (name: keyof typeof PORTS, lines: string[]) => [
    '<VirtualHost 127.0.0.1>',
    `  ServerName ${name}`,
    `  Port ${firstPort + PORTS[name]}`,
    ...[...everyServer, ...lines].map((line) => `  ${line}`),
    '</VirtualHost>',
  ];
  return `${[
    ...(findProgram('proftpd') ? ['ModulePath /usr/lib/proftpd'] : []),
    ...['tls', 'sftp', 'quotatab', 'quotatab_file'].map((module) => `LoadModule mod_${module}.c`),
    'ServerType standalone',
    'ServerName plain',
    'UseIPv6 off',
    'DefaultAddress 127.0.0.1',
    'SocketBindTight on',
    `Port ${firstPort + PORTS.plain}`,
    'Umask 022',
    'MaxInstances 100',
    'User nobody',
    'Group nogroup',
    `PidFile ${join(directory, 'proftpd.pid')}`,
    `ScoreboardFile ${join(directory, 'scoreboard')}`,
    `DelayTable ${join(directory, 'delay')}`,
    'SystemLog none',
    'DelayEngine off',
    'UseReverseDNS off',
    'TimesGMT on',
    'WtmpLog off',
    'AuthPAM off',
    'ControlsEngine off',
    ...everyServer,
    ...virtualServer('explicit', tls),
    ...virtualServer('implicit', [...tls, 'TLSOptions UseImplicitSSL']),
    ...virtualServer('sftp', [
      'SFTPEngine on',
      'SFTPAuthMethods password',
      `SFTPHostKey ${join(directory, 'host-key')}`,
    ]),
    ...virtualServer('otherAddress', ['MasqueradeAddress 127.99.99.99', ...refuse('EPSV', 'EPRT')]),
    ...virtualServer('plainList', ['FactsAdvertise off', ...refuse('MLSD', 'MLST', 'EPSV', 'EPRT')]),
    ...virtualServer('noPassive', refuse('PASV', 'EPSV')),
  ].join('\n')}\n`;
}

async function launch(directory: string, firstPort: number): Promise<LeashedProcess> {
  const server = launchInNamespace(
    {
      name: 'proftpd',
      command: program('proftpd'),
      args: ['--nodaemon', '--config', join(directory, 'proftpd.conf')],
      logFile: join(directory, 'proftpd.log'),
      graceSeconds: 2,
    },
    [
      mountSmallDisk(homeOf(directory, 'full'), USERS.full),
      mountSmallDisk(homeOf(directory, 'small'), USERS.small, 10),
    ],
  );
  return server.ready(() => accepts(firstPort + PORTS.noPassive), 15);
}
