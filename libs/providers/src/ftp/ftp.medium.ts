import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  describeOnServers,
  type Proftpd,
  type ProftpdUser,
  startProftpd,
  startVsftpd,
  type Vsftpd,
  type VsftpdUser,
} from '../../../../tools/servers/index.js';
import type { StorageDriver } from '../driver.js';
import { Storage } from '../storage.js';
import { describeStorageDriver } from '../testing/describe-storage-driver.js';
import { openFtp } from './driver.js';
import { findTlsMode } from './find-tls-mode.js';
import { ftpOptions, type FtpTarget, loopbackDialer } from './testing/ftp-options.js';

const START_MS = 60_000;
const soon = () => AbortSignal.timeout(20_000);
const openDrivers: StorageDriver[] = [];

async function open(target: FtpTarget) {
  const { options, observed } = ftpOptions(target);
  const driver = await openFtp(options);
  openDrivers.push(driver);
  return { driver, observed };
}

afterEach(async () => {
  for (const driver of openDrivers.splice(0)) await driver.close();
});

describeOnServers(['proftpd'], 'FTP on ProFTPD', () => {
  let proftpd: Proftpd;
  beforeAll(async () => void (proftpd = await startProftpd()), START_MS);
  afterAll(() => proftpd.stop());

  const as = (user: ProftpdUser, more: Partial<FtpTarget> = {}): FtpTarget => ({
    port: proftpd.plainPort,
    credentials: proftpd.users[user],
    ...more,
  });
  const explicit = (): Partial<FtpTarget> => ({
    port: proftpd.explicitTlsPort,
    tls: 'explicit',
    ca: proftpd.certificate,
  });
  const implicit = (): Partial<FtpTarget> => ({
    port: proftpd.implicitTlsPort,
    tls: 'implicit',
    ca: proftpd.certificate,
  });
  const list = (): Partial<FtpTarget> => ({ port: proftpd.plainListPort });
  const otherAddress = (): Partial<FtpTarget> => ({ port: proftpd.otherPassiveAddressPort });

  describe.each([
    ['in clear text', () => ({})],
    ['with explicit TLS', explicit],
    ['with implicit TLS', implicit],
    ['without MLSD, MLST and EPSV', list],
    ['that names another address for its data connections', otherAddress],
  ])('%s', (how, more) => {
    describeStorageDriver(`FTP on ProFTPD ${how}`, {
      open: async () => openFtp(ftpOptions(as('rw', more())).options),
      openMissingContainer: async () => openFtp(ftpOptions(as('rw', { ...more(), bucket: '/nowhere' })).options),
    });
  });

  describe('the TLS mode', () => {
    it('is explicit where it is not set and the server takes AUTH TLS', async () => {
      const { driver, observed } = await open(as('rw', { ...explicit(), tls: null }));
      await driver.connect(soon());
      expect(observed).toEqual({ steps: ['connect', 'tls', 'authenticate'], warnings: [] });
    });

    it('is clear text, with a warning, where it is not set and the server knows no AUTH', async () => {
      const { driver, observed } = await open(as('rw', { tls: null }));
      await driver.connect(soon());
      expect(observed).toEqual({ steps: ['connect', 'authenticate'], warnings: ['ftp.clear_text'] });
    });

    it.each(['explicit', null] as const)(
      'never becomes clear text because of a bad certificate (tls: %s)',
      async (tls) => {
        const loginsBefore = logins();
        const { driver } = await open(as('rw', { ...explicit(), tls, ca: null }));
        await expect(driver.connect(soon())).rejects.toMatchObject({
          code: expect.stringMatching(/^tls\.(self_signed|unknown_authority)$/),
          detail: { step: 'tls' },
        });
        expect(logins()).toBe(loginsBefore);
      },
    );

    const logins = () => proftpd.log().split('Login successful').length;

    it('is found out without a login', async () => {
      const find = (port: number) =>
        findTlsMode({ host: proftpd.host, port, dialer: loopbackDialer(), signal: soon() });
      await expect(find(proftpd.plainPort)).resolves.toBe('none');
      await expect(find(proftpd.explicitTlsPort)).resolves.toBe('explicit');
      await expect(find(proftpd.implicitTlsPort)).resolves.toBe('implicit');
    });

    it('explicit is refused by a server that offers none', async () => {
      const { driver } = await open(as('rw', { tls: 'explicit' }));
      await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ftp.tls_unsupported' });
    });

    it('implicit on a port of clear text is told, with the mode that would do', async () => {
      const { driver } = await open(as('rw', { tls: 'implicit' }));
      await expect(driver.connect(soon())).rejects.toMatchObject({
        code: 'tls.not_tls',
        detail: { suggested: { tls: 'explicit' } },
      });
    });

    it('explicit on a port of implicit TLS is told, with the mode that would do', async () => {
      const { driver } = await open(as('rw', { ...implicit(), tls: 'explicit' }));
      await expect(driver.connect(soon())).rejects.toMatchObject({
        code: 'tls.required',
        detail: { suggested: { tls: 'implicit' } },
      });
    });

    it('none is refused by a server that wants TLS, with the mode that would do', async () => {
      const { driver } = await open(as('rw', { port: proftpd.explicitTlsPort }));
      await expect(driver.connect(soon())).rejects.toMatchObject({
        code: 'ftp.tls_required',
        detail: { step: 'authenticate', suggested: { tls: 'explicit' } },
      });
    });
  });

  it('tells a wrong password', async () => {
    const { driver } = await open(as('rw', { credentials: { access_key: 'rw', secret_key: 'wrong' } }));
    await expect(driver.connect(soon())).rejects.toMatchObject({
      code: 'ftp.authentication_failed',
      detail: { step: 'authenticate', evidence: expect.stringMatching(/^530 /) },
    });
  });

  it('tells a read-only account, which may still read', async () => {
    const { driver } = await open(as('ro'));
    await expect(put(driver, 'x')).rejects.toMatchObject({ code: 'permission.write_denied' });
    await expect(put(driver, 'new/folder/x')).rejects.toMatchObject({ code: 'permission.write_denied' });
    expect((await buffer(await driver.get('hello.txt', { signal: soon() }))).toString()).toBe('hello\n');
    await expect(driver.remove('hello.txt', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
  });

  it('tells an account that may not delete', async () => {
    const { driver } = await open(as('nodelete'));
    await put(driver, 'x');
    await expect(driver.remove('x', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
  });

  it('tells a directory that the user may not write, or enter', async () => {
    const { driver } = await open(as('denied'));
    await expect(put(driver, 'x')).rejects.toMatchObject({ code: 'permission.write_denied' });
    const { driver: inside } = await open(as('denied', { bucket: '/private' }));
    await expect(inside.checkContainer(soon())).rejects.toMatchObject({ code: 'permission.list_denied' });
  });

  it.each([
    ['in clear text', () => ({})],
    ['over TLS', explicit],
  ])('tells a quota that is used up %s, and leaves no broken file behind', async (_how, more) => {
    const { driver } = await open(as('quota', more()));
    await expect(put(driver, 'too-large', 4)).rejects.toMatchObject({ code: 'quota.exceeded' });
    expect(readdirSync(proftpd.folderOf('quota'))).toEqual([]);
  });

  it('tells a full disk', async () => {
    const { driver } = await open(as('full'));
    await expect(put(driver, 'too-large', 4)).rejects.toMatchObject({ code: 'quota.storage_full' });
    await expect(driver.stat('too-large', soon())).rejects.toMatchObject({ code: 'object.not_found' });
    await put(driver, 'small');
  });

  it('tells what is left of a quota, and nothing where there is none', async () => {
    const { driver: limited } = await open(as('quota'));
    await expect(limited.freeSpace?.(soon())).resolves.toBe(1024 ** 2);
    const { driver: unlimited } = await open(as('rw'));
    await expect(unlimited.freeSpace?.(soon())).resolves.toBeNull();
  });

  it('tells a server without any passive mode', async () => {
    const { driver } = await open(as('rw', { port: proftpd.noPassivePort }));
    await driver.connect(soon());
    await expect(put(driver, 'x')).rejects.toMatchObject({ code: 'ftp.command_unsupported' });
  });

  it('makes the directories of a key below the base directory, never the base directory itself', async () => {
    const { driver } = await open(as('rw'));
    await put(driver, 'made/on/the/way');
    expect(existsSync(join(proftpd.folderOf('rw'), 'made/on/the/way'))).toBe(true);
    const { driver: baseless } = await open(as('rw', { bucket: 'no-base' }));
    for (const key of ['a/b', 'b']) {
      await expect(put(baseless, key)).rejects.toMatchObject({
        code: 'container.not_found',
        detail: { values: { login_directory: '/' } },
      });
    }
    expect(readdirSync(proftpd.folderOf('rw'))).not.toContain('no-base');
  });

  it('tells a file that stands where a directory is needed', async () => {
    const { driver } = await open(as('rw'));
    await put(driver, 'a-file');
    await expect(put(driver, 'a-file/below')).rejects.toMatchObject({
      code: 'object.path_blocked',
      detail: { values: { path: '/a-file' } },
    });
    const { driver: onFile } = await open(as('rw', { bucket: '/a-file' }));
    await expect(onFile.checkContainer(soon())).rejects.toMatchObject({ code: 'container.not_a_directory' });
  });

  it('lists more files than a page holds, a page at a time, while it removes them on another connection', async () => {
    const { driver } = await open(as('rw'));
    const keys = Array.from({ length: 1100 }, (_unused, index) => `many/${index}`);
    await put(driver, 'many/first');
    await driver.remove('many/first', soon());
    for (const key of keys) writeFileSync(join(proftpd.folderOf('rw'), key), key);
    const pages: string[][] = [];
    for await (const page of driver.list('many/', soon())) {
      pages.push(page.map(({ key }) => key));
      await driver.checkContainer(soon());
    }
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().sort()).toEqual([...keys].sort());
  });

  it('is of use again after a listing and a download that were left early', async () => {
    const { driver } = await open(as('rw'));
    await put(driver, 'left/large', 8);
    for await (const page of driver.list('', soon())) if (page) break;
    const stream = await driver.get('left/large', { signal: soon() });
    for await (const chunk of stream) if (chunk) break;
    await expect(driver.stat('left/large', soon())).resolves.toMatchObject({ size: 8 * 1024 * 1024 });
  });

  it('removes what an aborted upload left, on a connection of its own', async () => {
    const { driver, observed } = await open(as('rw'));
    const cut = new AbortController();
    const endless = Readable.from(blocksWithoutEnd(), { objectMode: false });
    const upload = driver.put('cut', endless, { signal: cut.signal, onProgress: () => cut.abort() });
    await expect(upload).rejects.toMatchObject({ code: 'network.no_response' });
    await driver.remove('cut', soon());
    expect(existsSync(join(proftpd.folderOf('rw'), 'cut'))).toBe(false);
    expect(observed.steps).toEqual(['connect', 'authenticate']);
  });

  it('leaves nothing of a body that breaks off, and says that it was the body', async () => {
    const { driver } = await open(as('rw'));
    const broken = Readable.from(
      (async function* () {
        yield await Promise.resolve(randomBytes(100_000));
        throw new Error('the dump failed');
      })(),
      { objectMode: false },
    );
    await expect(driver.put('broken', broken, { signal: soon() })).rejects.toMatchObject({
      code: 'operation.failed',
      detail: { cause: new Error('the dump failed') },
    });
    expect(existsSync(join(proftpd.folderOf('rw'), 'broken'))).toBe(false);
  });

  it('moves a body of 32 MiB over TLS through the portable storage unharmed', async () => {
    const { driver } = await open(as('rw', explicit()));
    const storage = new Storage(driver, { prefix: 'large/' });
    await storage.connect();
    const body = randomBytes(32 * 1024 * 1024);
    await storage.put('body', Readable.from([body], { objectMode: false }));
    expect(statSync(join(proftpd.folderOf('rw'), 'large/body')).size).toBe(body.length);
    expect((await buffer(await storage.get('body'))).equals(body)).toBe(true);
  }, 60_000);
});

describeOnServers(['vsftpd'], 'FTP on vsftpd', () => {
  let vsftpd: Vsftpd;
  beforeAll(async () => void (vsftpd = await startVsftpd()), START_MS);
  afterAll(() => vsftpd.stop());

  const as = (user: VsftpdUser, more: Partial<FtpTarget> = {}): FtpTarget => ({
    port: vsftpd.plainPort,
    credentials: vsftpd.users[user],
    ...more,
  });
  const explicit = (): Partial<FtpTarget> => ({
    port: vsftpd.explicitTlsPort,
    tls: 'explicit',
    ca: vsftpd.certificate,
  });
  const implicit = (): Partial<FtpTarget> => ({
    port: vsftpd.implicitTlsPort,
    tls: 'implicit',
    ca: vsftpd.certificate,
  });

  describe.each([
    ['in clear text', () => ({})],
    ['with explicit TLS', explicit],
    ['with implicit TLS', implicit],
  ])('%s', (how, more) => {
    describeStorageDriver(`FTP on vsftpd ${how}`, {
      open: async () => openFtp(ftpOptions(as('rw', more())).options),
      openMissingContainer: async () => openFtp(ftpOptions(as('rw', { ...more(), bucket: '/nowhere' })).options),
    });
  });

  it('tells a wrong password', async () => {
    const { driver } = await open(as('rw', { credentials: { access_key: 'rw', secret_key: 'wrong' } }));
    await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ftp.authentication_failed' });
  });

  it('tells that it lets nobody in without TLS', async () => {
    const { driver } = await open(as('rw', { port: vsftpd.explicitTlsPort }));
    await expect(driver.connect(soon())).rejects.toMatchObject({
      code: 'ftp.tls_required',
      detail: { suggested: { tls: 'explicit' } },
    });
  });

  it('tells a certificate that nobody vouches for', async () => {
    const { driver } = await open(as('rw', { ...explicit(), ca: null }));
    await expect(driver.connect(soon())).rejects.toMatchObject({
      code: expect.stringMatching(/^tls\.(self_signed|unknown_authority)$/),
    });
  });

  it('tells a read-only account, which may still read', async () => {
    const { driver } = await open(as('ro'));
    await expect(put(driver, 'x')).rejects.toMatchObject({ code: 'permission.write_denied' });
    expect((await buffer(await driver.get('hello.txt', { signal: soon() }))).toString()).toBe('hello\n');
    await expect(driver.remove('hello.txt', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
  });

  it('tells a directory that the user may not write', async () => {
    const { driver } = await open(as('denied'));
    await expect(put(driver, 'x')).rejects.toMatchObject({ code: 'permission.write_denied' });
  });

  it('tells a full disk', async () => {
    const { driver } = await open(as('full'));
    await expect(put(driver, 'too-large', 4)).rejects.toMatchObject({ code: 'quota.storage_full' });
    await expect(driver.stat('too-large', soon())).rejects.toMatchObject({ code: 'object.not_found' });
  });
});

async function put(driver: StorageDriver, key: string, mebibytes = 0): Promise<void> {
  const body = mebibytes === 0 ? Buffer.from('x') : Readable.from([randomBytes(mebibytes * 1024 * 1024)]);
  await driver.put(key, body, { signal: soon() });
}

async function* blocksWithoutEnd(): AsyncGenerator<Buffer> {
  for (;;) {
    await Promise.resolve();
    yield randomBytes(32_768);
  }
}
