import { vi } from 'vitest';
import { Readable } from 'node:stream';
import ssh2, { type SFTPWrapper } from 'ssh2';
import type { StorageDriver } from '../driver.js';
import { openSftp } from './driver.js';
import { startFakeSshServer } from './testing/fake-ssh-server.js';
import { sftpOptions } from './testing/sftp-options.js';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const never = () => new AbortController().signal;
const soon = () => AbortSignal.timeout(10_000);

/** A driver on a server whose SFTP answers the test gives. */
async function connected(answer: (sftp: SFTPWrapper) => void): Promise<StorageDriver> {
  const fake = await startFakeSshServer({
    session: (session) => void session.on('sftp', (accept) => answer(accept())),
  });
  const { options } = sftpOptions({ port: fake.port, credentials: { secret_key: 'x' } });
  const driver = await openSftp(options);
  closers.push(() => driver.close(), fake.close);
  await driver.connect(soon());
  return driver;
}

/** What nobody listens to is refused by itself; these are heard and left unanswered. */
const staysSilent = (sftp: SFTPWrapper) => {
  for (const request of ['STAT', 'FSTAT', 'OPENDIR', 'REMOVE', 'WRITE', 'READ', 'CLOSE'])
    sftp.on(request, () => undefined);
};

const opensAnything = (sftp: SFTPWrapper) => sftp.on('OPEN', (id) => sftp.handle(id, Buffer.from('h')));

describe('a server that stops answering', () => {
  it.each<[string, (driver: StorageDriver, signal: AbortSignal) => Promise<unknown>]>([
    ['put', (driver, signal) => driver.put('k', Buffer.from('x'), { signal })],
    ['put of a body that never ends', (driver, signal) => driver.put('k', endless(), { signal })],
    ['get', (driver, signal) => driver.get('k', { signal })],
    ['stat', (driver, signal) => driver.stat('k', signal)],
    ['remove', (driver, signal) => driver.remove('k', signal)],
    ['checkContainer', (driver, signal) => driver.checkContainer(signal)],
    ['list', (driver, signal) => driver.list('', signal)[Symbol.asyncIterator]().next()],
  ])('does not hold %s longer than its signal allows', async (_what, call) => {
    const driver = await connected((sftp) => {
      staysSilent(sftp);
      opensAnything(sftp);
    });
    await expect(call(driver, AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'network.no_response' });
  });

  it('ends a download that has begun', async () => {
    const driver = await connected((sftp) => {
      opensAnything(sftp);
      sftp.on('FSTAT', (id) => sftp.attrs(id, attributes(100_000)));
      sftp.on('READ', () => undefined);
    });
    const stream = await driver.get('k', { signal: AbortSignal.timeout(100) });
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'network.no_response' });
  });

  it('fails what is pending when the server hangs up', async () => {
    const driver = await connected((sftp) => void sftp.on('STAT', () => sftp.end()));
    await expect(driver.stat('k', never())).rejects.toMatchObject({ code: 'network.dropped' });
  });
});

describe('a server that refuses', () => {
  it.each([
    [STATUS_CODE.NO_SUCH_FILE, 'object.not_found'],
    [STATUS_CODE.PERMISSION_DENIED, 'permission.read_denied'],
    [STATUS_CODE.FAILURE, 'ssh.unrecognised'],
  ])('with the status %i is told as %s, with its words as evidence', async (status, code) => {
    const driver = await connected(
      (sftp) => void sftp.on('STAT', (id) => sftp.status(id, status, 'words of the server')),
    );
    await expect(driver.stat('k', soon())).rejects.toMatchObject({
      code,
      detail: { evidence: `SFTP status ${status}: words of the server` },
    });
  });

  it('a block of an upload fails the upload, and the broken file is removed', async () => {
    const removed: string[] = [];
    const driver = await connected((sftp) => {
      opensAnything(sftp);
      sftp.on('WRITE', (id, _handle, offset) =>
        sftp.status(id, offset < 32_768 ? STATUS_CODE.OK : STATUS_CODE.PERMISSION_DENIED),
      );
      sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
      sftp.on('REMOVE', (id, path) => {
        removed.push(path);
        sftp.status(id, STATUS_CODE.OK);
      });
    });
    const upload = driver.put('k', Buffer.alloc(100_000), { signal: soon() });
    await expect(upload).rejects.toMatchObject({ code: 'permission.write_denied' });
    expect(removed).toEqual(['k']);
  });

  it('only at the end, when the file is closed, fails the upload too', async () => {
    const driver = await connected((sftp) => {
      opensAnything(sftp);
      sftp.on('WRITE', (id) => sftp.status(id, STATUS_CODE.OK));
      sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.PERMISSION_DENIED));
      sftp.on('REMOVE', (id) => sftp.status(id, STATUS_CODE.OK));
    });
    const upload = driver.put('k', Buffer.alloc(10), { signal: soon() });
    await expect(upload).rejects.toMatchObject({ code: 'permission.write_denied' });
  });
});

it('fails a download that ends before the size that the server told', async () => {
  const driver = await connected((sftp) => {
    opensAnything(sftp);
    sftp.on('FSTAT', (id) => sftp.attrs(id, attributes(100)));
    sftp.on('READ', (id, _handle, offset) =>
      offset === 0 ? sftp.data(id, Buffer.alloc(60)) : sftp.status(id, STATUS_CODE.EOF),
    );
  });
  const stream = await driver.get('k', { signal: soon() });
  await expect(stream.toArray()).rejects.toMatchObject({ code: 'object.size_mismatch' });
});

it('takes a directory for no object', async () => {
  const driver = await connected((sftp) => void sftp.on('STAT', (id) => sftp.attrs(id, attributes(0, 0o040755))));
  await expect(driver.stat('k', soon())).rejects.toMatchObject({ code: 'object.not_found' });
});

it('opens files for writing anew, so that nothing of a longer one stays behind', async () => {
  const modes: number[] = [];
  const driver = await connected((sftp) => {
    sftp.on('OPEN', (id, _path, mode) => {
      modes.push(mode);
      sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    });
  });
  await expect(driver.put('k', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
    code: 'permission.write_denied',
  });
  expect(modes).toEqual([OPEN_MODE.TRUNC | OPEN_MODE.CREAT | OPEN_MODE.WRITE]);
});

it('warns of a login that takes seconds, as each connection of a backup would wait as long', async () => {
  const fake = await startFakeSshServer({ session: (session) => void session.on('sftp', (accept) => accept()) });
  closers.push(fake.close);
  const warningsWhere = async (secondsBetweenLooks: number) => {
    let seconds = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (seconds += secondsBetweenLooks) * 1000);
    const { options, observed } = sftpOptions({ port: fake.port, credentials: { secret_key: 'x' } });
    const driver = await openSftp(options);
    closers.push(() => driver.close());
    await driver.connect(soon());
    clock.mockRestore();
    return observed.warnings;
  };
  expect(await warningsWhere(0.1)).not.toContain('ssh.slow_login');
  expect(await warningsWhere(5)).toContain('ssh.slow_login');
});

it('opens nothing any more once it is closed', async () => {
  const driver = await connected(opensAnything);
  await driver.close();
  await expect(driver.checkContainer(soon())).rejects.toMatchObject({ name: 'StorageFailure' });
});

const attributes = (size: number, mode = 0o100644) => ({ size, mode, uid: 0, gid: 0, atime: 0, mtime: 0 });

const endless = () =>
  Readable.from(
    (async function* () {
      await new Promise(() => undefined);
      yield Buffer.alloc(0);
    })(),
    { objectMode: false },
  );
