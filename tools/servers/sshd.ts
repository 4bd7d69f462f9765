import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { makeFolder, mountAccountFiles, mountSmallDisk, passwordOf, writeAccountFiles } from './accounts.js';
import type { LeashedProcess } from './leashed-process.js';
import { launchInNamespace } from './namespace.js';
import { freePort } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { program, requireServer } from './requirements.js';
import { run } from './run.js';

/** Name and user id of each account; every one has the writable folder `/data` unless said otherwise. */
const USERS = {
  /** Password or key. */
  rw: 61_001,
  /** Every write is refused with "Permission denied"; `/data/hello.txt` is there to be read. */
  ro: 61_002,
  /** Key only. */
  keyonly: 61_003,
  /** Key, then password. */
  both: 61_004,
  /** Keyboard-interactive only; the one question is the password. */
  kbd: 61_005,
  /** `/data` is a disk of 2 MiB. */
  full: 61_006,
  /** Nothing is writable, `/private` not even readable. */
  denied: 61_007,
  /** `/data` is a disk of 10 MiB. */
  small: 61_008,
  /** Must change the password first. */
  expired: 61_009,
} as const;

export type SshdUser = keyof typeof USERS;

export interface SshdOptions {
  /**
   * `legacy` offers only what was retired: an ssh-rsa host key with SHA-1, group1 and group14 with SHA-1, CBC.
   * `no-sftp` has no sftp subsystem.
   */
  profile?: 'modern' | 'legacy' | 'no-sftp';
  /** Lines of sshd_config, in place of those of the profile. */
  settings?: string[];
  /** The sftp subsystem; default the one inside sshd. */
  subsystem?: string;
}

export interface Sshd {
  host: string;
  port: number;
  users: Record<SshdUser, { access_key: string; secret_key: string; private_key: string }>;
  /** More keys of `rw`: RSA in PEM, ECDSA, and one that needs `passphrase`. `stranger` belongs to nobody. */
  keys: { rsaPem: string; ecdsa: string; encrypted: { private_key: string; passphrase: string }; stranger: string };
  /** `SHA256:…` of the ed25519 host key (RSA in the legacy profile), as `ssh-keygen -l` prints it. */
  hostKeySha256: string;
  /** The folder of an account as this machine sees it; not for `full`, whose disk exists only inside the server. */
  folderOf(user: SshdUser): string;
  /** Adds a line to the `authorized_keys` of an account. */
  authorize(user: SshdUser, line: string): void;
  /** Makes new host keys and restarts on the same port; returns the new fingerprint. */
  changeHostKey(): Promise<string>;
  /** What the server has logged, at level VERBOSE. */
  log(): string;
  stop(): Promise<void>;
}

const PASSPHRASE = 'correct horse';

/** A real OpenSSH server for SFTP, with accounts that exist only inside it. Ready after about 2 s. Needs root. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  requireServer('sshd');
  const profile = options.profile ?? 'modern';
  const directory = makePrivateDirectory('sshd');
  let server: LeashedProcess | undefined;
  const stop = async () => {
    await server?.stop();
    removePrivateDirectory(directory);
  };
  try {
    const port = await freePort();
    await makeAccounts(directory);
    const keys = await makeExtraKeys(directory);
    let hostKeySha256 = await makeHostKeys(directory, profile);
    writeFileSync(join(directory, 'sshd_config'), configuration(directory, port, options));
    server = await launch(directory, port);
    return {
      host: '127.0.0.1',
      port,
      users: Object.fromEntries(names().map((name) => [name, credentialsOf(directory, name)])) as Sshd['users'],
      keys,
      get hostKeySha256() {
        return hostKeySha256;
      },
      folderOf: (user) => join(directory, 'chroot', user, 'data'),
      authorize: (user, line) => appendFileSync(authorizedKeysFile(directory, user), `${line}\n`),
      changeHostKey: async () => {
        await server?.stop();
        hostKeySha256 = await makeHostKeys(directory, profile);
        server = await launch(directory, port);
        return hostKeySha256;
      },
      log: () => server?.log ?? '',
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const names = () => Object.keys(USERS) as SshdUser[];
const keyFile = (directory: string, name: string) => join(directory, 'keys', name);
const authorizedKeysFile = (directory: string, name: string) => join(directory, 'accounts', `keys.${name}`);

const credentialsOf = (directory: string, name: string) => ({
  access_key: name,
  secret_key: passwordOf(name),
  private_key: readFileSync(keyFile(directory, name), 'utf8'),
});

async function makeAccounts(directory: string): Promise<void> {
  chmodSync(directory, 0o755);
  const accounts = names().map((name) => ({ name, uid: USERS[name], home: '/', isExpired: name === 'expired' }));
  await writeAccountFiles(join(directory, 'accounts'), accounts);
  mkdirSync(join(directory, 'keys'));
  makeFolder(join(directory, 'chroot'), 0);
  for (const { name, uid } of accounts) {
    await makeKey(keyFile(directory, name), ['-t', 'ed25519']);
    copyFileSync(`${keyFile(directory, name)}.pub`, authorizedKeysFile(directory, name));
    makeFolder(join(directory, 'chroot', name), 0);
    makeFolder(join(directory, 'chroot', name, 'data'), name === 'denied' ? 0 : uid);
  }
  makeFolder(join(directory, 'chroot', 'denied', 'private'), 0, 0o700);
  writeFileSync(join(directory, 'chroot', 'ro', 'data', 'hello.txt'), 'hello\n');
}

async function makeExtraKeys(directory: string): Promise<Sshd['keys']> {
  const authorizedForRw = async (name: string, options: string[], passphrase?: string): Promise<string> => {
    const file = keyFile(directory, name);
    await makeKey(file, options, passphrase);
    appendFileSync(authorizedKeysFile(directory, 'rw'), readFileSync(`${file}.pub`));
    return readFileSync(file, 'utf8');
  };
  await makeKey(keyFile(directory, 'stranger'), ['-t', 'ed25519']);
  return {
    rsaPem: await authorizedForRw('rw-rsa', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']),
    ecdsa: await authorizedForRw('rw-ecdsa', ['-t', 'ecdsa', '-b', '256']),
    encrypted: {
      private_key: await authorizedForRw('rw-encrypted', ['-t', 'ed25519'], PASSPHRASE),
      passphrase: PASSPHRASE,
    },
    stranger: readFileSync(keyFile(directory, 'stranger'), 'utf8'),
  };
}

async function makeKey(file: string, options: string[], passphrase = ''): Promise<void> {
  rmSync(file, { force: true });
  await run(program('ssh-keygen'), ['-q', ...options, '-N', passphrase, '-C', 'test', '-f', file]);
}

const HOST_KEYS = { modern: ['ed25519', 'ecdsa', 'rsa'], legacy: ['rsa'] };
const hostKeys = (profile: SshdOptions['profile']) => HOST_KEYS[profile === 'legacy' ? 'legacy' : 'modern'];
const hostKeyFile = (directory: string, type: string) => join(directory, `host-${type}`);

async function makeHostKeys(directory: string, profile: SshdOptions['profile']): Promise<string> {
  const types = hostKeys(profile);
  for (const type of types) {
    await makeKey(hostKeyFile(directory, type), ['-t', type, ...(type === 'rsa' ? ['-b', '2048'] : [])]);
  }
  const listing = await run(program('ssh-keygen'), ['-lf', `${hostKeyFile(directory, types[0] ?? '')}.pub`]);
  return listing.split(' ')[1] ?? '';
}

function configuration(directory: string, port: number, options: SshdOptions): string {
  const { profile, settings = [], subsystem = 'internal-sftp -l INFO -u 0022' } = options;
  const retired = [
    'HostKeyAlgorithms ssh-rsa',
    'PubkeyAcceptedAlgorithms +ssh-rsa',
    'KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1',
    'Ciphers aes128-cbc,3des-cbc',
    'MACs hmac-sha1',
  ];
  const ours = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    'PidFile none',
    'UsePAM yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication yes',
    'PubkeyAuthentication yes',
    `AuthorizedKeysFile ${authorizedKeysFile(directory, '%u')}`,
    'StrictModes no',
    'PermitRootLogin no',
    `AllowUsers ${names().join(' ')}`,
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'DisableForwarding yes',
    'PermitTTY no',
    'LoginGraceTime 20',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    'ChrootDirectory /mnt/%u',
    ...hostKeys(profile).map((type) => `HostKey ${hostKeyFile(directory, type)}`),
    ...(profile === 'legacy' ? retired : []),
    ...(profile === 'no-sftp' ? [] : [`Subsystem sftp ${subsystem}`]),
    'AuthenticationMethods publickey password',
  ];
  const matches = [
    'Match User ro',
    '  ForceCommand internal-sftp -R',
    'Match User keyonly',
    '  AuthenticationMethods publickey',
    'Match User both',
    '  AuthenticationMethods publickey,password',
    'Match User kbd',
    '  AuthenticationMethods keyboard-interactive',
  ];
  const keywordOf = (line: string) => line.split(' ', 1)[0];
  const isOverruled = (line: string) => settings.some((setting) => keywordOf(setting) === keywordOf(line));
  return `${[...settings, ...ours.filter((line) => !isOverruled(line)), ...matches].join('\n')}\n`;
}

async function launch(directory: string, port: number): Promise<LeashedProcess> {
  const server = launchInNamespace(
    {
      name: 'sshd',
      command: program('sshd'),
      args: ['-D', '-e', '-f', join(directory, 'sshd_config')],
      logFile: join(directory, 'sshd.log'),
      graceSeconds: 2,
    },
    [
      // sshd wants every folder above a chroot to belong to root alone, which a temporary directory does not.
      `mount --bind '${join(directory, 'chroot')}' /mnt`,
      mountSmallDisk('/mnt/full/data', USERS.full),
      mountSmallDisk('/mnt/small/data', USERS.small, 10),
      ...mountAccountFiles(join(directory, 'accounts'), 'sshd'),
      'mount -t tmpfs tmpfs /run',
      'mkdir -m 755 /run/sshd',
    ],
  );
  return server.ready(() => greets(port), 15);
}

/** Whether an SSH server answers there. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => end(data.toString().startsWith('SSH-2.0')));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false));
  });
}
