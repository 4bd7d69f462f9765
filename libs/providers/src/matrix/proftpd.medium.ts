import { type AddressInfo, connect, createServer } from 'node:net';
import { describeOnServers, type Proftpd, type ProftpdUser, startProftpd } from '../../../../tools/servers/index.js';
import type { StoredStorage } from '../resolve-location.js';
import { closedPort, itAgrees, locationOf, START_MS, type Target } from './agreement.js';

describeOnServers(['proftpd'], 'a full test of FTP and SFTP agrees with a backup on ProFTPD', () => {
  const stops: (() => Promise<void>)[] = [];
  let proftpd: Proftpd;
  beforeAll(async () => void (proftpd = await startProftpd()), START_MS);
  afterAll(async () => {
    for (const stop of stops) await stop();
    await proftpd?.stop();
  }, START_MS);

  const on = (port: keyof Proftpd, stored: Partial<StoredStorage> = {}, user: ProftpdUser = 'rw'): Target => ({
    location: locationOf({ provider: 'ftp', host: '127.0.0.1', port: Number(proftpd[port]), tls: 'none', ...stored }),
    credentials: proftpd.users[user],
  });
  const trusting = () => ({ ca_certificate: proftpd.certificate });
  const sftp = (user: ProftpdUser) => on('sftpPort', { provider: 'sftp', tls: null }, user);

  const onPort = (port: number): Target => {
    const target = on('plainPort');
    return { ...target, location: { ...target.location, port } };
  };
  /** A server of its own. */
  const withSettings = async (...lines: string[]): Promise<Target> => {
    const isSecure = lines.at(-1) === 'explicitTlsPort';
    const server = await startProftpd({ settings: isSecure ? lines.slice(0, -1) : lines });
    stops.push(() => server.stop());
    const { users, plainPort, explicitTlsPort, certificate } = server;
    const location = locationOf({
      provider: 'ftp',
      host: '127.0.0.1',
      port: isSecure ? explicitTlsPort : plainPort,
      tls: isSecure ? 'explicit' : 'none',
      ca_certificate: certificate,
    });
    return { location, credentials: users.rw };
  };
  /** As of a router whose owner has opened port 21 and nothing else. */
  const forwarded = async (...lines: string[]): Promise<Target> => {
    const target = await withSettings(...lines);
    const router = createServer((socket) => {
      const inside = connect(target.location.port ?? 0, '127.0.0.1');
      for (const end of [socket, inside]) end.on('error', () => undefined);
      socket.pipe(inside).pipe(socket);
    });
    await new Promise<void>((resolve) => router.listen(0, '127.0.0.2', resolve));
    stops.push(async () => void router.close());
    const { port } = router.address() as AddressInfo;
    return { ...target, location: { ...target.location, host: '127.0.0.2', port } };
  };

  itAgrees(
    ['proftpd'],
    [
      ['in clear text', () => on('plainPort'), null],
      ['over explicit TLS', () => on('explicitTlsPort', { tls: 'explicit', ...trusting() }), null],
      ['over TLS that is found out', () => on('explicitTlsPort', { tls: null, ...trusting() }), null],
      ['over TLS that nobody vouches for', () => on('explicitTlsPort', { tls: 'explicit' }), 'tls.self_signed'],
      ['in clear text where TLS is required', () => on('explicitTlsPort'), 'ftp.tls_required'],
      [
        'over TLS 1.1 alone',
        () => withSettings('TLSProtocol TLSv1 TLSv1.1', 'TLSCipherSuite DEFAULT@SECLEVEL=0', 'explicitTlsPort'),
        'tls.protocol',
      ],
      ['over implicit TLS', () => on('implicitTlsPort', { tls: 'implicit', ...trusting() }), null],
      [
        'in explicit mode on the port of implicit TLS',
        () => on('implicitTlsPort', { tls: 'explicit', ...trusting() }),
        'tls.required',
      ],
      ['over TLS where there is none', () => on('plainPort', { tls: 'explicit' }), 'ftp.tls_unsupported'],
      ['that names another passive address', () => on('otherPassiveAddressPort'), null],
      ['without MLSD and EPSV', () => on('plainListPort'), null],
      ['without any passive mode', () => on('noPassivePort'), 'ftp.command_unsupported'],
      ['a read-only account', () => on('plainPort', {}, 'ro'), 'permission.write_denied'],
      ['an account that may not delete', () => on('plainPort', {}, 'nodelete'), null],
      ['a quota of 1 MiB', () => on('plainPort', {}, 'quota'), 'quota.exceeded'],
      ['a disk of 2 MiB', () => on('plainPort', {}, 'full'), 'quota.storage_full'],
      ['a folder that may not be written', () => on('plainPort', {}, 'denied'), 'permission.write_denied'],
      ['a folder that does not exist', () => on('plainPort', { bucket: '/nowhere' }), 'container.not_found'],
      ['a disk of 10 MiB', () => on('plainPort', {}, 'small'), 'quota.storage_full'],
      ['a quota of 10 MiB', () => on('plainPort', {}, 'smallquota'), 'quota.exceeded'],
      ['a port that nothing listens on', async () => onPort(await closedPort()), 'network.refused'],
      ['the port of its SFTP', () => on('sftpPort'), 'ftp.not_ftp'],
      ['files of 10 MiB at most', () => withSettings('MaxStoreFileSize 10 Mb'), 'quota.exceeded'],
      ['no overwriting', () => withSettings('AllowOverwrite off'), null],
      ['files that are hidden until they are whole', () => withSettings('HiddenStores on'), null],
      ['one client at a time', () => withSettings('MaxClients 1'), null],
      ['no reading', () => withSettings('<Limit READ>', 'DenyAll', '</Limit>'), 'permission.read_denied'],
      ['no listing', () => withSettings('<Limit LIST NLST MLSD STAT>', 'DenyAll', '</Limit>'), null],
      [
        'no making of directories',
        () => withSettings('<Limit MKD XMKD>', 'DenyAll', '</Limit>'),
        'permission.write_denied',
      ],
      ['no size of a file', () => withSettings('<Limit SIZE>', 'DenyAll', '</Limit>'), null],
      [
        'no encrypted data connections',
        () => withSettings('<Limit PROT>', 'DenyAll', '</Limit>', 'explicitTlsPort'),
        'ftp.data_unprotected',
      ],
      ['a forwarded control port without its data ports', () => forwarded(), 'ftp.passive_address'],
      [
        'a forwarded control port without its data ports, which the server knows of',
        () => forwarded('MasqueradeAddress 127.0.0.2'),
        'ftp.passive_blocked',
      ],
      ['its SFTP', () => sftp('rw'), null],
      ['its SFTP, on a disk of 10 MiB', () => sftp('small'), 'quota.storage_full'],
      ['its SFTP, read-only', () => sftp('ro'), 'permission.write_denied'],
      ['its SFTP, without the right to delete', () => sftp('nodelete'), null],
      ['its SFTP, on a disk of 2 MiB', () => sftp('full'), 'quota.storage_full'],
    ],
  );
});
