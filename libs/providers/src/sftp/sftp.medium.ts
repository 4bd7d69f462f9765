import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  describeOnServers,
  type Proftpd,
  type Sshd,
  type SshdUser,
  startProftpd,
  startSshd,
} from '../../../../tools/servers/index.js';
import type { StorageDriver } from '../driver.js';
import { Storage } from '../storage.js';
import { describeStorageDriver } from '../testing/describe-storage-driver.js';
import { openSftp } from './driver.js';
import { fetchHostKey } from './host-key.js';
import { loopbackDialer, sftpOptions, type SftpTarget } from './testing/sftp-options.js';

const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const SPKI = { type: 'spki', format: 'pem' } as const;
const START_MS = 60_000;
const soon = () => AbortSignal.timeout(20_000);
const openDrivers: StorageDriver[] = [];

async function open(target: SftpTarget) {
  const { options, observed } = sftpOptions(target);
  const driver = await openSftp(options);
  openDrivers.push(driver);
  return { driver, observed };
}

afterEach(async () => {
  for (const driver of openDrivers.splice(0)) await driver.close();
});

describeOnServers(['sshd'], 'SFTP on OpenSSH', () => {
  let sshd: Sshd;
  beforeAll(async () => void (sshd = await startSshd()), START_MS);
  afterAll(() => sshd.stop());

  const passwordOf = (user: SshdUser) => ({ access_key: user, secret_key: sshd.users[user].secret_key });
  const keyOf = (user: SshdUser) => ({ access_key: user, private_key: sshd.users[user].private_key });
  const as = (credentials: SftpTarget['credentials'], more: Partial<SftpTarget> = {}) =>
    open({ port: sshd.port, bucket: '/data', credentials, ...more });

  describeStorageDriver('SFTP on OpenSSH', {
    open: async () => openSftp(sftpOptions({ port: sshd.port, bucket: 'data', credentials: passwordOf('rw') }).options),
    openMissingContainer: async () =>
      openSftp(sftpOptions({ port: sshd.port, bucket: '/nowhere', credentials: passwordOf('rw') }).options),
  });

  describe('login', () => {
    it.each([
      ['a password', () => passwordOf('rw')],
      ['a key', () => keyOf('keyonly')],
      ['a key and a password where the server wants both', () => sshd.users.both],
      ['a password where the server only asks for it as a question', () => passwordOf('kbd')],
      ['an RSA key in PEM form', () => ({ access_key: 'rw', private_key: sshd.keys.rsaPem })],
      ['an ECDSA key', () => ({ access_key: 'rw', private_key: sshd.keys.ecdsa })],
      ['a key with a passphrase', () => ({ access_key: 'rw', ...sshd.keys.encrypted })],
    ])('takes %s', async (_what, credentials) => {
      const { driver, observed } = await as(credentials());
      await driver.connect(soon());
      expect(observed.steps).toEqual(['connect', 'authenticate']);
    });

    it.each([
      ['a wrong password', () => ({ access_key: 'rw', secret_key: 'wrong' }), 'ssh.authentication_failed'],
      ['an unknown user', () => ({ access_key: 'nobody-here', secret_key: 'x' }), 'ssh.authentication_failed'],
      ['a password where only keys are taken', () => passwordOf('keyonly'), 'ssh.password_not_allowed'],
      ['a key of somebody else', () => ({ access_key: 'rw', private_key: sshd.keys.stranger }), 'ssh.key_rejected'],
      ['a key where a password is wanted too', () => keyOf('both'), 'ssh.key_and_password_required'],
      ['a key where only questions are asked', () => keyOf('kbd'), 'ssh.key_not_allowed'],
    ])('tells %s', async (_what, credentials, code) => {
      const { driver } = await as(credentials());
      await expect(driver.connect(soon())).rejects.toMatchObject({ code, detail: { step: 'authenticate' } });
    });
  });

  describe('host key', () => {
    it('is told with a warning when none is pinned', async () => {
      const { driver, observed } = await as(passwordOf('rw'));
      await driver.connect(soon());
      expect(observed.hostKeys).toEqual([sshd.hostKeySha256]);
      expect(observed.warnings).toEqual(['ssh.host_key.unconfirmed']);
    });

    it('is accepted without a warning when it is the pinned one', async () => {
      const { driver, observed } = await as(passwordOf('rw'), { hostKeySha256: sshd.hostKeySha256 });
      await driver.connect(soon());
      expect(observed.warnings).toEqual([]);
    });

    it('of another kind than we ask for first is found when it is the pinned one', async () => {
      const server = { host: sshd.host, port: sshd.port, dialer: loopbackDialer(), signal: soon() };
      const rsa = await fetchHostKey(server, ['rsa-sha2-512']);
      expect(rsa.sha256).not.toBe(sshd.hostKeySha256);
      const { driver, observed } = await as(passwordOf('rw'), { hostKeySha256: rsa.sha256 });
      await driver.connect(soon());
      expect(observed.hostKeys.at(-1)).toBe(rsa.sha256);
    });

    it('that is not pinned is refused before anything of the login is sent, where the policy is strict', async () => {
      const { driver, observed } = await as(passwordOf('both'), { hostKeyPolicy: 'strict' });
      const attemptsBefore = attemptsOf('both');
      await expect(driver.connect(soon())).rejects.toMatchObject({
        code: 'ssh.host_key.unknown',
        detail: { suggested: { host_key_sha256: sshd.hostKeySha256 } },
      });
      expect(observed.hostKeys).toEqual([sshd.hostKeySha256]);
      expect(attemptsOf('both')).toBe(attemptsBefore);
    });

    it('is fetched by a key exchange alone', async () => {
      const server = { host: sshd.host, port: sshd.port, dialer: loopbackDialer(), signal: soon() };
      await expect(fetchHostKey(server)).resolves.toEqual({ sha256: sshd.hostKeySha256, type: 'ssh-ed25519' });
    });

    it(
      'that has changed is refused, with both fingerprints and without a password on the wire',
      async () => {
        const attemptsBefore = attemptsOf('both');
        expect(attemptsBefore).toBeGreaterThan(0);
        const pinned = sshd.hostKeySha256;
        const met = await sshd.changeHostKey();
        const { driver } = await as(passwordOf('both'), { hostKeySha256: pinned });
        await expect(driver.connect(soon())).rejects.toMatchObject({
          code: 'ssh.host_key.changed',
          detail: { values: { met, pinned } },
        });
        expect(attemptsOf('both')).toBe(attemptsBefore);
      },
      START_MS,
    );

    /** sshd names the user in its log as soon as it is told of one. */
    const attemptsOf = (user: SshdUser) => sshd.log().split(`for ${user} from`).length - 1;
  });

  it('tells a read-only account', async () => {
    const { driver } = await as(passwordOf('ro'));
    await expect(driver.put('x', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'permission.write_denied',
    });
    expect((await buffer(await driver.get('hello.txt', { signal: soon() }))).toString()).toBe('hello\n');
    await expect(driver.remove('hello.txt', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
  });

  it('tells a directory that the user may not write or read', async () => {
    const { driver } = await as(passwordOf('denied'));
    await expect(driver.put('x', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'permission.write_denied',
    });
    const { driver: inside } = await as(passwordOf('denied'), { bucket: '/private' });
    await expect(listAll(inside)).rejects.toMatchObject({ code: 'permission.list_denied' });
  });

  it('never takes a truncated file on a full disk for a success, and leaves none behind', async () => {
    const { driver } = await as(passwordOf('full'));
    const body = Readable.from([randomBytes(4 * 1024 * 1024)], { objectMode: false });
    await expect(driver.put('too-large', body, { signal: soon() })).rejects.toMatchObject({
      code: 'quota.storage_full',
    });
    await expect(driver.stat('too-large', soon())).rejects.toMatchObject({ code: 'object.not_found' });
    await driver.put('small', Buffer.from('fits again'), { signal: soon() });
  });

  it('makes the directories of a key below the base directory, never the base directory itself', async () => {
    const { driver } = await as(passwordOf('rw'));
    await driver.put('made/on/the/way', Buffer.from('x'), { signal: soon() });
    expect(existsSync(join(sshd.folderOf('rw'), 'made/on/the/way'))).toBe(true);
    const { driver: baseless } = await as(passwordOf('rw'), { bucket: '/data/no-base' });
    await expect(baseless.put('a/b', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'container.not_found',
      detail: { values: { login_directory: '/' } },
    });
    await expect(baseless.put('b', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'container.not_found',
    });
    expect(readdirSync(sshd.folderOf('rw'))).not.toContain('no-base');
  });

  it('tells a file that stands where a directory is needed', async () => {
    const { driver } = await as(passwordOf('rw'));
    await driver.put('a-file', Buffer.from('x'), { signal: soon() });
    await expect(driver.put('a-file/below', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'object.path_blocked',
      detail: { values: { path: '/data/a-file' } },
    });
    const { driver: onFile } = await as(passwordOf('rw'), { bucket: '/data/a-file' });
    await expect(onFile.checkContainer(soon())).rejects.toMatchObject({ code: 'container.not_a_directory' });
  });

  it('lists more files than a page of the server holds, a page at a time', async () => {
    const { driver } = await as(passwordOf('rw'));
    const keys = Array.from({ length: 250 }, (_unused, index) => `many/${index}`);
    for (let start = 0; start < keys.length; start += 50) {
      const some = keys.slice(start, start + 50);
      await Promise.all(some.map((key) => driver.put(key, Buffer.from(key), { signal: soon() })));
    }
    const pages: string[][] = [];
    for await (const page of driver.list('many/', soon())) pages.push(page.map(({ key }) => key));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat().sort()).toEqual([...keys].sort());
  });

  it('removes what an aborted upload left, on a connection of its own', async () => {
    const { driver, observed } = await as(passwordOf('rw'));
    const cut = new AbortController();
    const endless = Readable.from(blocksWithoutEnd(), { objectMode: false });
    const upload = driver.put('cut', endless, { signal: cut.signal, onProgress: () => cut.abort() });
    await expect(upload).rejects.toMatchObject({ code: 'network.no_response' });
    await driver.remove('cut', soon());
    expect(existsSync(join(sshd.folderOf('rw'), 'cut'))).toBe(false);
    expect(observed.steps).toEqual(['connect', 'authenticate']);
  });

  it('moves a body of 32 MiB through the portable storage unharmed', async () => {
    const { driver } = await as(passwordOf('rw'));
    const storage = new Storage(driver, { prefix: 'large/' });
    await storage.connect();
    const body = randomBytes(32 * 1024 * 1024);
    await storage.put('body', Readable.from([body], { objectMode: false }));
    expect(statSync(join(sshd.folderOf('rw'), 'large/body')).size).toBe(body.length);
    expect((await buffer(await storage.get('body'))).equals(body)).toBe(true);
  }, 60_000);
});

describeOnServers(['sshd'], 'SFTP on servers that will not do', () => {
  it(
    'tells a server with retired algorithms only',
    async () => {
      const sshd = await startSshd({ profile: 'legacy' });
      try {
        const { driver } = await open({ port: sshd.port, credentials: sshd.users.rw });
        await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ssh.algorithms' });
      } finally {
        await sshd.stop();
      }
    },
    START_MS,
  );

  it(
    'tells a server that has no sftp subsystem',
    async () => {
      const sshd = await startSshd({ profile: 'no-sftp' });
      try {
        const { driver } = await open({ port: sshd.port, credentials: sshd.users.rw });
        await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ssh.no_sftp' });
      } finally {
        await sshd.stop();
      }
    },
    START_MS,
  );
});

describeOnServers(['proftpd'], 'SFTP on ProFTPD', () => {
  let proftpd: Proftpd;
  beforeAll(async () => void (proftpd = await startProftpd()), START_MS);
  afterAll(() => proftpd.stop());

  const as = (user: keyof Proftpd['users'], more: Partial<SftpTarget> = {}): SftpTarget => ({
    port: proftpd.sftpPort,
    credentials: proftpd.users[user],
    hostKeySha256: proftpd.hostKeySha256,
    ...more,
  });

  describeStorageDriver('SFTP on ProFTPD', {
    open: async () => openSftp(sftpOptions(as('rw')).options),
    openMissingContainer: async () => openSftp(sftpOptions(as('rw', { bucket: '/nowhere' })).options),
  });

  it('tells a wrong password', async () => {
    const { driver } = await open(as('rw', { credentials: { access_key: 'rw', secret_key: 'wrong' } }));
    await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ssh.authentication_failed' });
  });

  it('tells a key where only passwords are taken', async () => {
    const { privateKey } = generateKeyPairSync('ed25519', { privateKeyEncoding: PKCS8, publicKeyEncoding: SPKI });
    const { driver } = await open(as('rw', { credentials: { access_key: 'rw', private_key: privateKey } }));
    await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ssh.key_not_allowed' });
  });

  it('tells a read-only account', async () => {
    const { driver } = await open(as('ro'));
    await expect(driver.put('x', Buffer.from('x'), { signal: soon() })).rejects.toMatchObject({
      code: 'permission.write_denied',
    });
  });

  it('tells an account that may not delete', async () => {
    const { driver } = await open(as('nodelete'));
    await driver.put('x', Buffer.from('x'), { signal: soon() });
    await expect(driver.remove('x', soon())).rejects.toMatchObject({ code: 'permission.delete_denied' });
  });

  it('never takes a truncated file on a full disk for a success', async () => {
    const { driver } = await open(as('full'));
    const body = Readable.from([randomBytes(4 * 1024 * 1024)], { objectMode: false });
    await expect(driver.put('too-large', body, { signal: soon() })).rejects.toMatchObject({
      code: 'quota.storage_full',
    });
  });
});

async function listAll(driver: StorageDriver): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of driver.list('', soon())) keys.push(...page.map(({ key }) => key));
  return keys;
}

async function* blocksWithoutEnd(): AsyncGenerator<Buffer> {
  for (;;) {
    await Promise.resolve();
    yield randomBytes(32_768);
  }
}
