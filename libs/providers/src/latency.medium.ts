import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DriverOptions, OpenDriver } from './driver.js';
import { openFtp } from './ftp/driver.js';
import { ftpOptions } from './ftp/testing/ftp-options.js';
import { startScriptedFtp } from './ftp/testing/scripted-ftp-server.js';
import { openS3 } from './s3/driver.js';
import { startS3Store } from './s3/testing/s3-store.js';
import { loopbackDialer, s3Location } from './s3/testing/s3-target.js';
import { openSftp } from './sftp/driver.js';
import { listen, startFakeSshServer } from './sftp/testing/fake-ssh-server.js';
import { sftpOptions } from './sftp/testing/sftp-options.js';
import { Storage } from './storage.js';

const ONE_WAY_MS = 100;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** How often an answer was waited for: what a slow machine cannot add to. */
let roundTrips = 0;

/** A port behind which the other one is far away. */
async function farAway(port: number): Promise<number> {
  const proxy = await listen((near) => {
    const far = connect(port, '127.0.0.1').on('error', () => near.destroy());
    let waiting = false;
    near.on('data', () => (waiting = true));
    far.on('data', () => {
      if (waiting) roundTrips++;
      waiting = false;
    });
    carry(near, far);
    carry(far, near);
  });
  closers.push(proxy.close);
  return proxy.port;
}

/** Every piece arrives later, and none overtakes another. */
function carry(from: Socket, to: Socket): void {
  const late = (deliver: () => void) => void sleep(ONE_WAY_MS).then(deliver);
  from.on('data', (piece) => late(() => void to.write(piece)));
  from.on('close', () => late(() => to.destroy()));
}

const SERVERS: [string, OpenDriver, () => Promise<DriverOptions>][] = [
  [
    'S3',
    openS3,
    async () => {
      const store = await startS3Store('backups');
      closers.push(() => store.stop());
      const location = s3Location(`http://127.0.0.1:${await farAway(store.port)}`, 'backups');
      return { location, credentials: { access_key: 'AK', secret_key: 'secret' }, dialer: loopbackDialer() };
    },
  ],
  [
    'SFTP',
    openSftp,
    async () => {
      const server = await startFakeSshServer({
        session: (session) =>
          void session.on('sftp', (accept) => {
            const sftp = accept();
            sftp.on('REMOVE', (id) => sftp.status(id, 0));
            sftp.on('REALPATH', (id) => sftp.name(id, [{ filename: '/', longname: '/', attrs: {} as never }]));
          }),
      });
      closers.push(server.close);
      return sftpOptions({ port: await farAway(server.port), credentials: { secret_key: 'x' } }).options;
    },
  ],
  [
    'FTP',
    openFtp,
    async () => {
      const server = await startScriptedFtp();
      closers.push(() => server.stop());
      return ftpOptions({ port: await farAway(server.port) }).options;
    },
  ],
];

describe('the latency that a test tells', () => {
  it.each(SERVERS)('is of one round trip, as %s removes an object in one', async (_protocol, open, arrange) => {
    const storage = new Storage(await open(await arrange()), { prefix: '' });
    closers.push(() => storage.close());
    await storage.connect();
    await storage.remove('a');
    const before = roundTrips;
    const began = performance.now();
    await storage.remove('a');
    expect(performance.now() - began).toBeGreaterThanOrEqual(2 * ONE_WAY_MS - 10);
    expect(roundTrips - before).toBe(1);
  });
});
