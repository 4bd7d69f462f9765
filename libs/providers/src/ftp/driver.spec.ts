import { type AddressInfo, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { DialTarget, Dialer } from '../dialer/dialer.js';
import type { StorageDriver } from '../driver.js';
import { ControlConnection } from './control-connection.js';
import { openFtp } from './driver.js';
import { awaitGreeting } from './greeting.js';
import { ftpOptions, type FtpTarget, loopbackDialer } from './testing/ftp-options.js';
import { type FtpScript, type ScriptedFtpServer, startScriptedFtp } from './testing/scripted-ftp-server.js';

const soon = () => AbortSignal.timeout(5000);
const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function serve(script: FtpScript = {}): Promise<ScriptedFtpServer> {
  const server = await startScriptedFtp(script);
  cleanUps.push(() => server.stop());
  return server;
}

async function open(server: ScriptedFtpServer, target: Partial<FtpTarget> = {}) {
  const { options, observed } = ftpOptions({ port: server.port, ...target });
  const { dialer, dialled } = recording(options.dialer);
  const driver = await openFtp({ ...options, dialer });
  cleanUps.push(() => driver.close());
  return { driver, observed, dialled };
}

function recording(dialer: Dialer): { dialer: Dialer; dialled: string[] } {
  const dialled: string[] = [];
  const connect = async (target: DialTarget) => {
    dialled.push(`${target.host}:${target.port}`);
    return dialer.connect(target);
  };
  return { dialer: { ...dialer, connect }, dialled };
}

describe('the greeting', () => {
  async function greet(script: FtpScript, silenceMs?: number): Promise<void> {
    const { port } = await serve(script);
    const dialer = loopbackDialer();
    const target = { host: '127.0.0.1', port, signal: soon() };
    const control = new ControlConnection(await dialer.connect(target));
    cleanUps.push(async () => control.end());
    await awaitGreeting(control, { dialer, target, silenceMs });
  }

  it.each([
    ['of an SSH server', 'SSH-2.0-OpenSSH_9.2p1', 'ftp.not_ftp'],
    ['of a web server', 'HTTP/1.1 400 Bad Request', 'ftp.not_ftp'],
    ['that has no end', 'x'.repeat(5000), 'ftp.not_ftp'],
    ['of a server that is full', '421 Too many users logged in', 'quota.connections'],
    ['of a server that is closed', '421 Service not available', 'ftp.unavailable'],
  ])('%s is told', async (_what, greeting, code) => {
    await expect(greet({ greeting })).rejects.toMatchObject({ code });
  });

  it('names the way out where the server is one for SSH', async () => {
    await expect(greet({ greeting: 'SSH-2.0-OpenSSH_9.2p1' })).rejects.toMatchObject({
      detail: { values: { service_words: expect.stringContaining('choose SFTP') } },
    });
  });

  it('that never comes, from a server that answers a TLS handshake in clear, is told', async () => {
    const { port, stop } = await startSilentUntilSpokenTo();
    cleanUps.push(stop);
    const dialer = loopbackDialer();
    const target = { host: '127.0.0.1', port, signal: soon() };
    const control = new ControlConnection(await dialer.connect(target));
    await expect(awaitGreeting(control, { dialer, target, silenceMs: 20 })).rejects.toMatchObject({
      code: 'ftp.not_ftp',
    });
  });

  it('of several lines, after a request to wait, is taken', async () => {
    await expect(greet({ greeting: '120 in 1 minute\r\n220-Welcome\r\n to this\r\n220 server' })).resolves.toBe(
      undefined,
    );
  });
});

describe('TLS', () => {
  it.each(['500', '502', '504'])(
    'that the server does not know (%s) leads to clear text, with a warning',
    async (code) => {
      const server = await serve({ replies: { AUTH: `${code} what?` } });
      const { driver, observed } = await open(server, { tls: null });
      await driver.connect(soon());
      expect(observed).toEqual({ steps: ['connect', 'authenticate'], warnings: ['ftp.clear_text'] });
      expect(server.received.slice(0, 2)).toEqual(['AUTH TLS', 'USER rw']);
    },
  );

  it.each(['530 log in first', '534 policy', '431 no certificate', '421 away'])(
    'that the server refuses with "%s" never leads to clear text',
    async (reply) => {
      const server = await serve({ replies: { AUTH: reply } });
      const { driver } = await open(server, { tls: null });
      await expect(driver.connect(soon())).rejects.toMatchObject({ code: expect.stringMatching(/^ftp\./) });
      expect(server.received).not.toContain('USER rw');
    },
  );

  it('that is asked for and not offered keeps the password from being sent', async () => {
    const server = await serve();
    const { driver } = await open(server, { tls: 'explicit' });
    await expect(driver.connect(soon())).rejects.toMatchObject({
      code: 'ftp.tls_unsupported',
      detail: { step: 'tls' },
    });
    expect(server.received).not.toContain('USER rw');
  });
});

describe('the data connection', () => {
  const pasv = (host: string, port: number) =>
    `227 Entering Passive Mode (${host.replaceAll('.', ',')},${port >> 8},${port & 255})`;

  it('goes to the control host, whatever address the server names', async () => {
    const replies: Record<string, string> = { EPSV: '500 what?' };
    const server = await serve({ replies, data: 'bytes' });
    replies.PASV = pasv('10.0.0.5', server.dataPort);
    const { driver, dialled } = await open(server);
    expect((await buffer(await driver.get('x', { signal: soon() }))).toString()).toBe('bytes');
    expect(dialled).toEqual([`127.0.0.1:${server.port}`, `127.0.0.1:${server.dataPort}`]);
  });

  it('tells the address that the server names when the control host does not answer there', async () => {
    const server = await serve({ replies: { EPSV: '500 what?', PASV: pasv('10.0.0.5', 1025) } });
    const { driver } = await open(server);
    await expect(driver.get('x', { signal: soon() })).rejects.toMatchObject({
      code: 'ftp.passive_address',
      detail: { values: { data_host: '10.0.0.5' } },
    });
  });

  it('never goes to a port of a system service', async () => {
    const server = await serve({ replies: { EPSV: '229 (|||25|)', PASV: pasv('127.0.0.1', 22) } });
    const { driver, dialled } = await open(server);
    await expect(driver.get('x', { signal: soon() })).rejects.toMatchObject({ code: 'ftp.passive_blocked' });
    expect(dialled).toEqual([`127.0.0.1:${server.port}`]);
  });

  it('tells the port that is closed', async () => {
    const server = await serve({ replies: { EPSV: '229 (|||1025|)' } });
    const { driver } = await open(server);
    await expect(driver.get('x', { signal: soon() })).rejects.toMatchObject({
      code: 'ftp.passive_blocked',
      detail: { values: { data_host: '127.0.0.1', data_port: 1025 } },
    });
  });
});

describe('a file', () => {
  const LISTING = '-rw-r--r-- 1 carol carol 42 Nov 22 10:00 x\r\n-rw-r--r-- 1 carol carol 7 Nov 22 10:00 xy\r\n';

  it('is measured by MLST where the server knows no SIZE', async () => {
    const replies = {
      FEAT: '211-Features:\r\n MLST size*;modify*;\r\n211 End',
      MLST: '250-Listing\r\n type=file;size=42;modify=20261122100000; /x\r\n250 End',
    };
    const { driver } = await open(await serve({ replies }));
    await expect(driver.stat('x', soon())).resolves.toEqual({ size: 42 });
  });

  it('is measured by the listing of its directory where the server knows neither', async () => {
    const { driver } = await open(await serve({ data: LISTING }));
    await expect(driver.stat('x', soon())).resolves.toMatchObject({ size: 42 });
    await expect(driver.stat('z', soon())).rejects.toMatchObject({ code: 'object.not_found' });
  });

  it('that breaks off while it is read is never taken for a whole one', async () => {
    const server = await serve({ data: 'half', replies: { 'RETR END': '426 broken off', SIZE: '213 8' } });
    const { driver } = await open(server);
    await expect(buffer(await driver.get('x', { signal: soon() }))).rejects.toMatchObject({
      code: 'ftp.transfer_aborted',
    });
  });

  it.each([
    ['552 too large', 'quota.exceeded'],
    ['451 disk error', 'quota.storage_full'],
  ])('that the server does not keep (%s) is removed again', async (reply, code) => {
    const server = await serve({ replies: { 'STOR END': reply } });
    const { driver } = await open(server);
    await expect(store(driver)).rejects.toMatchObject({ code });
    expect(server.received).toContain('DELE /x');
  });

  it('whose deletion is refused is there still, or is missing and so removed', async () => {
    const refused = await open(await serve({ replies: { DELE: '550 no', SIZE: '213 1' } }));
    await expect(refused.driver.remove('x', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
    const missing = await open(await serve({ replies: { DELE: '550 no', SIZE: '550 no' } }));
    await expect(missing.driver.remove('x', soon())).resolves.toBe(undefined);
  });

  it('cannot be read from its middle where the server knows no REST', async () => {
    const { driver } = await open(await serve());
    await expect(driver.get('x', { range: { first: 2, last: 5 }, signal: soon() })).rejects.toMatchObject({
      code: 'object.range_unsupported',
    });
  });
});

describe('several things at once', () => {
  it('take turns where the server allows one login only', async () => {
    const server = await serve({ maxConnections: 1 });
    const { driver } = await open(server);
    await driver.connect(soon());
    await Promise.all([store(driver), store(driver), driver.remove('x', soon())]);
    expect(server.received.filter((line) => line.startsWith('PASS'))).toHaveLength(1);
  });

  it('go on over a new login after the server has hung up', async () => {
    const server = await serve({ replies: { DELE: '' } });
    const { driver } = await open(server);
    await expect(driver.remove('x', soon())).rejects.toMatchObject({ code: 'network.dropped' });
    await driver.checkContainer(soon());
  });
});

it('a signal ends a download whose server never says which directory it is in', async () => {
  const { driver } = await open(await serve({ replies: { PWD: '100 thinking' } }));
  await driver.connect(soon());
  await expect(driver.get('x', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    code: 'network.no_response',
  });
});

it('a signal ends a command that the server never answers, and a listing that never ends', async () => {
  const server = await serve({ replies: { DELE: '100 thinking', LIST: '125 soon' } });
  const { driver } = await open(server);
  await expect(driver.remove('x', AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'network.no_response' });
  const listing = async () => {
    for await (const page of driver.list('', AbortSignal.timeout(50))) expect(page).toEqual([]);
  };
  await expect(listing()).rejects.toMatchObject({ code: 'network.no_response' });
});

async function store(driver: StorageDriver): Promise<void> {
  await driver.put('x', Readable.from([Buffer.from('body')], { objectMode: false }), { signal: soon() });
}

async function startSilentUntilSpokenTo() {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
