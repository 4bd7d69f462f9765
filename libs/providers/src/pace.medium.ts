import { PassThrough, Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeOnServers,
  type Radosgw,
  type Sshd,
  startRadosgw,
  startSshd,
  startVsftpd,
} from '../../../tools/servers/index.js';
import { NetworkProxy } from '../../../tools/servers/network-proxy.js';
import { locationOf, type Target } from './matrix/agreement.js';
import { createBucket, loopbackDialer } from './s3/testing/s3-target.js';
import { testStorage } from './test-storage.js';

const START_MS = 90_000;
const KIB = 1024;

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
}, START_MS);

/** A port behind which the other one takes so many bytes a second over each connection, up to `until` bytes. */
async function slowly(port: number, rate: number, until = Infinity): Promise<number> {
  const throttle = () => {
    let passed = 0;
    return new Transform({
      async transform(this: Transform, chunk: Buffer, _encoding, done) {
        passed += chunk.length;
        await sleep((chunk.length / rate) * 1000);
        if (passed < until) done(null, chunk);
      },
    });
  };
  const proxy = await NetworkProxy.start(port, () => ({ toServer: throttle(), toClient: new PassThrough() }));
  stops.push(() => proxy.stop());
  return proxy.port;
}

const fullTest = (target: Target, deadlineMs: number) =>
  testStorage({ ...target, dialer: loopbackDialer(), depth: 'full', deadlineMs });

function itIsTooSlow(targetAt: (rate: number, until?: number) => Promise<Target>): void {
  it('says so, with the pace', async () => {
    const { success, code, message, hint, checks } = await fullTest(await targetAt(300 * KIB), 12_000);
    expect({ success, code, message }).toEqual({
      success: false,
      code: 'network.too_slow',
      message: 'Connection failed: The storage is too slow for a large object',
    });
    expect(hint).toMatch(/^After 1[012] seconds \d+ MiB had gone over the line, at last [\d.]+ [KM]iB a second/);
    expect(checks).toContainEqual(expect.objectContaining({ name: 'multipart', status: 'failed' }));
  }, 60_000);
}

describeOnServers(['radosgw'], 'a full test over a slow line to S3', () => {
  let radosgw: Radosgw;
  beforeAll(async () => {
    radosgw = await startRadosgw();
    stops.push(() => radosgw.stop());
    await createBucket({ endpoint: radosgw.endpoint, user: radosgw.users.full }, 'slow');
  }, START_MS);
  const at = async (rate: number, until?: number): Promise<Target> => {
    const endpoint_url = `http://127.0.0.1:${await slowly(radosgw.port, rate, until)}`;
    const location = locationOf({ provider: 'minio', endpoint_url, bucket: 'slow' });
    return { location, credentials: radosgw.users.full };
  };

  itIsTooSlow(at);

  it('is no slow storage where it stands still', async () => {
    const { code } = await fullTest(await at(100_000 * KIB, 1000 * KIB), 12_000);
    expect(code).toBe('network.no_response');
  }, 60_000);

  it('is green where the upload ends in time, and warns of the pace', async () => {
    const { location, credentials } = await at(600 * KIB);
    const result = await fullTest({ location: { ...location, part_size_bytes: 6 * KIB * KIB }, credentials }, 60_000);
    expect(result).toMatchObject({ success: true, code: null });
    const warning = result.warnings.find(({ code }) => code === 'network.slow');
    expect(warning?.message).toMatch(/^Uploads go at [\d.]+ [KM]iB a second: a backup of 100 GiB takes \d+ hours/);
  }, 90_000);
});

describeOnServers(['sshd'], 'a full test over a slow line to SFTP', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
    stops.push(() => sshd.stop());
  }, START_MS);

  itIsTooSlow(async (rate) => {
    const location = locationOf({ provider: 'sftp', host: '127.0.0.1', port: await slowly(sshd.port, rate) });
    return { location: { ...location, bucket: '/data' }, credentials: sshd.users.rw };
  });
});

describeOnServers(['vsftpd'], 'a full test of FTP on a server with a rate limit', () => {
  itIsTooSlow(async (rate) => {
    const server = await startVsftpd({ settings: [`local_max_rate=${rate}`] });
    stops.push(() => server.stop());
    const location = locationOf({ provider: 'ftp', host: '127.0.0.1', port: server.plainPort, tls: 'none' });
    return { location, credentials: server.users.rw };
  });
});
