import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { openFtp } from '../../libs/providers/src/ftp/driver.js';
import { ftpOptions } from '../../libs/providers/src/ftp/testing/ftp-options.js';
import { openSftp } from '../../libs/providers/src/sftp/driver.js';
import { sftpOptions } from '../../libs/providers/src/sftp/testing/sftp-options.js';
import { describeStorageDriver } from '../../libs/providers/src/testing/describe-storage-driver.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { startFtpSandbox, type FtpSandbox } from './ftp-sandbox.js';
import { generateHostKey, startSftpSandbox, type SftpSandbox } from './sftp-sandbox.js';

const soon = () => AbortSignal.timeout(20_000);
const login = { username: 'sandbox', password: 'right' };
const credentials = { access_key: 'sandbox', secret_key: 'right' };
let folder: string;

beforeAll(() => void (folder = makePrivateDirectory('sandbox')));
afterAll(() => removePrivateDirectory(folder));

describe('The SFTP server of the sandbox', () => {
  let server: SftpSandbox;
  beforeAll(async () => {
    server = await startSftpSandbox({ folder: join(folder, 'sftp'), port: 0, ...login, hostKey: generateHostKey() });
  });
  afterAll(() => server.stop());

  const open = (more: Parameters<typeof sftpOptions>[0]['credentials'] = {}, bucket = '/backups') =>
    openSftp(sftpOptions({ port: server.port, bucket, credentials: { ...credentials, ...more } }).options);

  describeStorageDriver('SFTP on the sandbox', { open, openMissingContainer: () => open({}, '/nowhere') });

  it('refuses a wrong password and a wrong user', async () => {
    for (const wrong of [{ secret_key: 'wrong' }, { access_key: 'nobody' }]) {
      const driver = await open(wrong);
      await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ssh.authentication_failed' });
      await driver.close();
    }
  });

  it('shows the host key that it announces', async () => {
    const { options, observed } = sftpOptions({ port: server.port, credentials });
    const driver = await openSftp(options);
    await driver.connect(soon());
    await driver.close();
    expect(observed.hostKeys).toEqual([server.hostKeySha256]);
  });
});

describe('The FTP server of the sandbox', () => {
  let server: FtpSandbox;
  beforeAll(async () => {
    server = await startFtpSandbox({ folder: join(folder, 'ftp'), port: 0, ...login });
  });
  afterAll(() => server.stop());

  const open = (more: object = {}, bucket = '/backups') =>
    openFtp(ftpOptions({ port: server.port, tls: 'none', bucket, credentials: { ...credentials, ...more } }).options);

  describeStorageDriver('FTP on the sandbox', { open, openMissingContainer: () => open({}, '/nowhere') });

  it('refuses a wrong password', async () => {
    const driver = await open({ secret_key: 'wrong' });
    await expect(driver.connect(soon())).rejects.toMatchObject({ code: 'ftp.authentication_failed' });
    await driver.close();
  });

  it('lets no path lead out of its folder', async () => {
    await converse(server.port, [
      'USER sandbox',
      'PASS right',
      'MKD ../../../outside',
      'CWD /../..',
      'MKD two',
      'QUIT',
    ]);
    expect(existsSync(join(folder, 'outside'))).toBe(false);
    expect(readdirSync(join(folder, 'ftp'))).toEqual(expect.arrayContaining(['outside', 'two']));
  });

  it('does nothing before the login', async () => {
    const replies = await converse(server.port, ['MKD early', 'PASV', 'LIST', 'QUIT']);
    expect(replies.filter((line) => line.startsWith('530'))).toHaveLength(3);
    expect(existsSync(join(folder, 'ftp', 'early'))).toBe(false);
  });
});

/** Sends the commands at once and returns the lines of all replies. */
function converse(port: number, commands: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${commands.join('\r\n')}\r\n`));
    socket.on('data', (data) => (received += data.toString()));
    socket.once('error', reject);
    socket.once('close', () => resolve(received.trimEnd().split('\r\n')));
  });
}
