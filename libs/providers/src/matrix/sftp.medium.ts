import { once } from 'node:events';
import { connect } from 'node:net';
import type { Credentials } from '@stowage/contracts';
import {
  describeOnServers,
  type Nginx,
  type Sshd,
  type SshdOptions,
  type SshdUser,
  startNginx,
  startSshd,
} from '../../../../tools/servers/index.js';
import { closedPort, itAgrees, locationOf, START_MS, type Target } from './agreement.js';

describeOnServers(['sshd', 'nginx'], 'a full test of SFTP agrees with a backup on', () => {
  const stops: (() => Promise<void>)[] = [];
  let nginx: Nginx;
  const servers: Partial<Record<NonNullable<SshdOptions['profile']>, Sshd>> = {};
  beforeAll(async () => {
    for (const profile of ['modern', 'legacy', 'no-sftp'] as const) servers[profile] = await startSshd({ profile });
    nginx = await startNginx({ upstream: 'http://127.0.0.1:9' });
  }, START_MS);
  afterAll(async () => {
    for (const stop of stops) await stop();
    for (const server of Object.values(servers)) await server.stop();
    await nginx?.stop();
  }, START_MS);

  const sftp = (
    user: SshdUser,
    more: Partial<Credentials> = {},
    profile: SshdOptions['profile'] = 'modern',
  ): Target => {
    const server = servers[profile];
    const { access_key, secret_key } = server?.users[user] ?? { access_key: '', secret_key: '' };
    const location = locationOf({ provider: 'sftp', host: '127.0.0.1', port: server?.port ?? 0, bucket: '/data' });
    return { location, credentials: { access_key, secret_key, ...more } };
  };
  const at = (bucket: string): Target => {
    const target = sftp('rw');
    return { ...target, location: { ...target.location, bucket } };
  };
  const keyOf = (user: SshdUser) => ({ private_key: servers.modern?.users[user].private_key });

  const encrypted = () => ({ private_key: servers.modern?.keys.encrypted.private_key, secret_key: undefined });
  const cutOff = () => servers.modern?.keys.ecdsa.slice(0, 100);
  const elsewhere = (port: number): Target => {
    const target = sftp('rw');
    return { ...target, location: { ...target.location, port } };
  };
  /** A server of its own. */
  const on = async (options: SshdOptions & { bucket?: 'outside' }): Promise<Target> => {
    const server = await startSshd(options);
    stops.push(() => server.stop());
    const { access_key, secret_key } = server.users.rw;
    const bucket = options.bucket === 'outside' ? server.folderOf('rw') : '/data';
    const location = locationOf({ provider: 'sftp', host: '127.0.0.1', port: server.port, bucket });
    return { location, credentials: { access_key, secret_key } };
  };
  /** With the program of OpenSSH, started by a shell. */
  const outsideChroot = (before: string) => ({
    settings: ['ChrootDirectory none'],
    subsystem: `/bin/sh -c '${before} /usr/lib/openssh/sftp-server'`,
    bucket: 'outside' as const,
  });
  const with10MiBFiles = (exec: string) => ({
    settings: ['ChrootDirectory none'],
    // Of 512 bytes.
    subsystem: `ulimit -f 20480; exec ${exec} /usr/lib/openssh/sftp-server`,
    bucket: 'outside' as const,
  });
  /** Somebody who has not logged in yet takes the only place. */
  const crowded = async (): Promise<Target> => {
    const target = await on({ settings: ['MaxStartups 1', 'LoginGraceTime 120'] });
    for (;;) {
      const first = connect(target.location.port ?? 0, '127.0.0.1').on('error', () => undefined);
      const [greeting] = (await once(first, 'data')) as [Buffer];
      stops.unshift(async () => void first.destroy());
      // The connection that saw the server start may still be counted.
      if (greeting.toString().startsWith('SSH-2.0')) return target;
      first.destroy();
    }
  };

  itAgrees(
    ['sshd'],
    [
      ['sshd with a password', () => sftp('rw'), null],
      ['sshd with a key', () => sftp('rw', { ...keyOf('rw'), secret_key: undefined }), null],
      ['sshd with a key alone', () => sftp('keyonly', keyOf('keyonly')), null],
      ['sshd with a password where a key is wanted', () => sftp('keyonly'), 'ssh.password_not_allowed'],
      ['sshd with key and password', () => sftp('both', keyOf('both')), null],
      ['sshd with a password where both are wanted', () => sftp('both'), 'ssh.password_not_allowed'],
      ['sshd with questions', () => sftp('kbd'), null],
      ['sshd with a wrong password', () => sftp('rw', { secret_key: 'wrong' }), 'ssh.authentication_failed'],
      [
        'sshd with the key of a stranger',
        () => sftp('rw', { private_key: servers.modern?.keys.stranger, secret_key: undefined }),
        'ssh.key_rejected',
      ],
      ['a read-only account', () => sftp('ro'), 'permission.write_denied'],
      ['a disk of 2 MiB', () => sftp('full'), 'quota.storage_full'],
      ['a folder that may not be written', () => sftp('denied'), 'permission.write_denied'],
      ['a folder that does not exist', () => at('/nowhere'), 'container.not_found'],
      ['a server of retired algorithms', () => sftp('rw', {}, 'legacy'), 'ssh.algorithms'],
      ['a server without SFTP', () => sftp('rw', {}, 'no-sftp'), 'ssh.no_sftp'],
      ['a disk of 10 MiB', () => sftp('small'), 'quota.storage_full'],
      ['a password that has to be changed', () => sftp('expired'), 'ssh.password_expired'],
      ['a key whose passphrase is missing', () => sftp('rw', encrypted()), 'ssh.key_passphrase_missing'],
      [
        'a key with a wrong passphrase',
        () => sftp('rw', { ...encrypted(), passphrase: 'wrong' }),
        'ssh.key_passphrase_wrong',
      ],
      ['a key that is cut off', () => sftp('rw', { private_key: cutOff(), secret_key: undefined }), 'ssh.key_format'],
      ['a port that nothing listens on', async () => elsewhere(await closedPort()), 'network.refused'],
      [
        'a folder above the account that others may write',
        () => on({ settings: ['ChrootDirectory /mnt/rw/data'] }),
        'ssh.chroot',
      ],
      ['a login script that prints', () => on(outsideChroot('echo Welcome; exec')), 'ssh.garbled_session'],
      ['a server that refuses to delete', () => on({ subsystem: 'internal-sftp -P remove' }), null],
      ['a server that refuses to tell of the disk', () => on({ subsystem: 'internal-sftp -P statvfs,fstatvfs' }), null],
      [
        'a server that refuses to tell of files',
        () => on({ subsystem: 'internal-sftp -P stat,lstat,fstat' }),
        'permission.list_denied',
      ],
      ['a server that refuses to list', () => on({ subsystem: 'internal-sftp -P opendir,readdir' }), null],
      [
        'a server that refuses to make directories',
        () => on({ subsystem: 'internal-sftp -P mkdir' }),
        'permission.write_denied',
      ],
      ['a limit of 10 MiB a file, which ends the program', () => on(with10MiBFiles('')), 'object.too_large'],
      [
        'a limit of 10 MiB a file, which the program outlives',
        () => on(with10MiBFiles('env --ignore-signal=XFSZ')),
        'ssh.unrecognised',
      ],
      ['a server with a place for one, who is there already', () => crowded(), 'quota.connections'],
    ],
  );
  itAgrees(['nginx'], [['a port of a web server', async () => elsewhere(nginx.port), 'ssh.not_ssh']]);
});
