import { once } from 'node:events';
import { connect } from 'node:net';
import { describeOnServers, startVsftpd, type Vsftpd, type VsftpdUser } from '../../../../tools/servers/index.js';
import type { StoredStorage } from '../resolve-location.js';
import { itAgrees, locationOf, START_MS, type Target } from './agreement.js';

describeOnServers(['vsftpd'], 'a full test of FTP agrees with a backup on vsftpd', () => {
  const stops: (() => Promise<void>)[] = [];
  let vsftpd: Vsftpd;
  beforeAll(async () => void (vsftpd = await startVsftpd()), START_MS);
  afterAll(async () => {
    for (const stop of stops) await stop();
    await vsftpd?.stop();
  }, START_MS);

  const on = (port: keyof Vsftpd, stored: Partial<StoredStorage> = {}, user: VsftpdUser = 'rw'): Target => ({
    location: locationOf({ provider: 'ftp', host: '127.0.0.1', port: Number(vsftpd[port]), tls: 'none', ...stored }),
    credentials: vsftpd.users[user],
  });
  const trusting = () => ({ ca_certificate: vsftpd.certificate });

  /** A server of its own. */
  const withSettings = async (...settings: string[]): Promise<Target> => {
    const server = await startVsftpd({ settings });
    stops.push(() => server.stop());
    const location = locationOf({ provider: 'ftp', host: '127.0.0.1', port: server.plainPort, tls: 'none' });
    return { location, credentials: server.users.rw };
  };
  const crowded = async (): Promise<Target> => {
    const target = await withSettings('max_clients=1');
    for (;;) {
      const first = connect(target.location.port ?? 0, '127.0.0.1').on('error', () => undefined);
      const [greeting] = (await once(first, 'data')) as [Buffer];
      stops.unshift(async () => void first.destroy());
      // The connection that saw the server start may not have left yet.
      if (greeting.toString().startsWith('220')) return target;
      first.destroy();
    }
  };

  itAgrees(
    ['vsftpd'],
    [
      ['in clear text', () => on('plainPort'), null],
      ['over explicit TLS', () => on('explicitTlsPort', { tls: 'explicit', ...trusting() }), null],
      ['over implicit TLS', () => on('implicitTlsPort', { tls: 'implicit', ...trusting() }), null],
      ['in clear text where TLS is required', () => on('explicitTlsPort'), 'ftp.tls_required'],
      ['over TLS that nobody vouches for', () => on('explicitTlsPort', { tls: 'explicit' }), 'tls.self_signed'],
      [
        'a wrong password',
        () => ({ ...on('plainPort'), credentials: { access_key: 'rw', secret_key: 'wrong' } }),
        'ftp.authentication_failed',
      ],
      ['a read-only account', () => on('plainPort', {}, 'ro'), 'permission.write_denied'],
      ['a disk of 2 MiB', () => on('plainPort', {}, 'full'), 'quota.storage_full'],
      ['a folder that may not be written', () => on('plainPort', {}, 'denied'), 'permission.write_denied'],
      [
        'anonymous users alone',
        () => withSettings('local_enable=NO', 'anonymous_enable=YES', 'ftp_username=ro'),
        'ftp.anonymous_only',
      ],
      ['no reading', () => withSettings('download_enable=NO'), 'permission.read_denied'],
      ['no listing', () => withSettings('dirlist_enable=NO'), null],
      ['no passive mode', () => withSettings('pasv_enable=NO'), 'ftp.command_unsupported'],
      ['no deleting', () => withSettings('cmds_denied=DELE'), null],
      ['no size of a file', () => withSettings('cmds_denied=SIZE'), null],
      ['no making of directories', () => withSettings('cmds_denied=MKD'), 'permission.write_denied'],
      ['no data connections that resume a session', () => withSettings('require_ssl_reuse=NO'), null],
      ['10 MiB a second', () => withSettings('local_max_rate=10485760'), null],
      ['one client, who is there already', () => crowded(), 'quota.connections'],
    ],
  );
});
