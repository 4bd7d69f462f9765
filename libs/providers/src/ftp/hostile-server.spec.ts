import { type AddressInfo, createServer, type Server } from 'node:net';
import type { StorageFailure } from '../failure.js';
import { testStorage } from '../test-storage.js';
import { openFtp } from './driver.js';
import { loopbackDialer, type FtpTarget, ftpOptions } from './testing/ftp-options.js';
import { type FtpScript, type ScriptedFtpServer, startScriptedFtp } from './testing/scripted-ftp-server.js';

const PASSWORD = 'the password of a tenant';

describe('a hostile FTP server', () => {
  let server: ScriptedFtpServer;
  let trap: Server;
  let trapPort: number;
  let trapped: number;

  beforeEach(async () => {
    trapped = 0;
    trap = createServer((socket) => {
      trapped += 1;
      socket.on('error', () => undefined).destroy();
    });
    // Loopback as the control connection, and yet another host.
    await new Promise<void>((listening) => trap.listen(0, '127.9.9.9', listening));
    trapPort = (trap.address() as AddressInfo).port;
  });
  afterEach(async () => {
    await new Promise((closed) => trap.close(closed));
    await server.stop();
  });

  const serve = async (script: FtpScript) => (server = await startScriptedFtp(script));
  const test = (more: Partial<FtpTarget> = {}) => {
    const { options } = ftpOptions({ port: server.port, credentials: { secret_key: PASSWORD }, ...more });
    const { location, credentials } = options;
    return testStorage({ location, credentials, dialer: loopbackDialer(), depth: 'quick', deadlineMs: 3000 });
  };
  const loggedIn = async (target: Partial<FtpTarget> = {}) => {
    const { options } = ftpOptions({ port: server.port, ...target });
    const driver = await openFtp(options);
    const signal = AbortSignal.timeout(3000);
    await driver.connect(signal).catch(() => undefined);
    return { driver, signal };
  };
  const pasv = (host: string, port: number) =>
    `227 Entering Passive Mode (${host.replaceAll('.', ',')},${port >> 8},${port & 255})`;

  it.each(['127.9.9.9', '127.0.0.2', '10.0.0.5', '169.254.169.254'])(
    'that names %s for the data reaches nothing there',
    async (host) => {
      await serve({ replies: { EPSV: '500 what?', PASV: pasv(host, trapPort) } });
      expect(await test()).toMatchObject({ success: false, code: 'ftp.passive_address' });
      expect(trapped).toBe(0);
    },
  );

  it.each([22, 25, 1023, 5432, 5672, 6379, 15_672])('that names port %i for the data is not obeyed', async (port) => {
    await serve({ replies: { EPSV: `229 (|||${port}|)`, PASV: pasv('127.0.0.1', port) } });
    const { driver, signal } = await loggedIn();
    const failure = await driver.get('file', { signal }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ftp.passive_blocked' });
    // Refused by us: a port that nobody listens on would be `network.refused`.
    const { detail } = failure as StorageFailure;
    expect((detail.cause as StorageFailure | undefined)?.code ?? 'target.port_forbidden').toBe('target.port_forbidden');
    await driver.close();
  });

  it('that names a new port each time has us connect a few times, not a hundred', async () => {
    const local = createServer((socket) => {
      trapped += 1;
      socket.on('error', () => undefined).destroy();
    });
    await new Promise<void>((listening) => local.listen(0, '127.0.0.1', listening));
    const { port } = local.address() as AddressInfo;
    await serve({ replies: { EPSV: `229 (|||${port}|)`, STOR: '425 again', LIST: '425 again', MLSD: '425 again' } });
    expect(await test()).toMatchObject({ success: false });
    expect(trapped).toBeGreaterThan(0);
    expect(trapped).toBeLessThanOrEqual(8);
    await new Promise((closed) => local.close(closed));
  });

  it.each([
    ['refuses TLS', { AUTH: '534 policy' }],
    ['knows no TLS', { AUTH: '502 what?' }],
    ['hangs up at AUTH', { AUTH: '' }],
    ['agrees to TLS and speaks on in clear', { AUTH: '234 go on\r\n331 password?\r\n230 welcome' }],
  ])('that %s is sent neither user nor password', async (_what, replies) => {
    await serve({ replies });
    expect(await test({ tls: 'explicit' })).toMatchObject({ success: false });
    expect(server.received.join('\n')).not.toMatch(/USER|PASS|the password/);
  });

  it.each(['\r\nDELE kept', '\nDELE kept', '\rDELE kept', '\u0000'])(
    'is told no command that hides in a user, a password or a folder: %j',
    async (hidden) => {
      await serve({});
      const targets: Partial<FtpTarget>[] = [
        { credentials: { access_key: `rw${hidden}` } },
        { credentials: { secret_key: `secret${hidden}` } },
        { bucket: `folder${hidden}` },
      ];
      for (const target of targets) {
        const { driver, signal } = await loggedIn(target);
        await driver.checkContainer(signal).catch(() => undefined);
        await driver.stat(`file${hidden}`, signal).catch(() => undefined);
        await driver.close();
      }
      expect(server.received.filter((line) => line.startsWith('DELE') || line.includes('\u0000'))).toEqual([]);
    },
  );
});
