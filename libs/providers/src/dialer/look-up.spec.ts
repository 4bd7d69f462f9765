import { pbkdf2 } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StorageFailure } from '../failure.js';
import { fetchHostKey } from '../fetch-host-key.js';
import { NO_FIELDS } from '../field-check.js';
import { resolveLocation } from '../resolve-location.js';
import { testStorage } from '../test-storage.js';
import { createDialer, type DialerParts } from './create-dialer.js';
import { resolveByNameServers } from './resolve.js';

const PUBLIC_ONLY = { allow: [], deny: [], allowLoopback: false };
const FIELDS = {
  minio: { bucket: 'backups', endpoint_url: 'https://storage.example' },
  sftp: { host: 'storage.example', port: 22 },
  ftp: { host: 'storage.example', port: 21 },
};
const PROVIDERS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

const dialerOf = (provider: keyof typeof FIELDS, parts: DialerParts) =>
  createDialer(PUBLIC_ONLY, { provider, organizationId: null }, parts);

function countingDialer(provider: keyof typeof FIELDS, parts: DialerParts = {}) {
  const asked: string[] = [];
  const resolve = (name: string) => {
    asked.push(name);
    return Promise.reject(new StorageFailure('network.name_server', { step: 'resolve' }));
  };
  return { asked, dialer: dialerOf(provider, { ...parts, resolve }) };
}

async function testOf(provider: keyof typeof FIELDS, dialer: ReturnType<typeof dialerOf>) {
  const location = resolveLocation({ ...NO_FIELDS, organization_id: null, provider, ...FIELDS[provider] });
  const credentials = { access_key: 'user', secret_key: 'password' };
  return testStorage({ location, credentials, dialer, depth: 'quick', deadlineMs: 5000 });
}

describe('a name', () => {
  it.each(PROVIDERS)('of %s is asked for once in a test, however the test ends', async (provider) => {
    const { asked, dialer } = countingDialer(provider);
    expect(await testOf(provider, dialer)).toMatchObject({ code: 'network.name_server' });
    expect(asked).toEqual(['storage.example']);
  });

  it('is asked for once by all that one dialer does', async () => {
    const { asked, dialer } = countingDialer('sftp');
    const server = { host: 'storage.example', port: 22, dialer, signal: AbortSignal.timeout(5000) };
    await expect(fetchHostKey(server)).rejects.toMatchObject({ code: 'network.name_server' });
    await testOf('sftp', dialer);
    expect(asked).toHaveLength(1);
  });

  it('is asked for again when its answer has grown old', async () => {
    const { asked, dialer } = countingDialer('sftp', { keptMs: 0 });
    await testOf('sftp', dialer);
    await testOf('sftp', dialer);
    expect(asked).toHaveLength(2);
  });

  it.each(PROVIDERS)('of %s that nobody answers ends the test before its deadline', async (provider) => {
    const dialer = dialerOf(provider, { resolve: () => new Promise(() => undefined), lookUpMs: 30 });
    expect(await testOf(provider, dialer)).toMatchObject({
      code: 'network.name_server',
      checks: [{ name: 'resolve', status: 'failed' }],
    });
  });

  it('is still answered to the others when whoever asked first has gone', async () => {
    const gone = new AbortController();
    let answer = (_addresses: string[]) => {};
    const answered = new Promise<string[]>((resolve) => (answer = resolve));
    const dialer = dialerOf('sftp', { resolve: () => answered });
    const first = dialer.connect({ host: 'storage.example', port: 22, signal: gone.signal });
    const second = dialer.connect({ host: 'storage.example', port: 22, signal: AbortSignal.timeout(5000) });
    gone.abort();
    await expect(first).rejects.toMatchObject({ code: 'network.name_server' });
    answer(['10.0.0.1']);
    await expect(second).rejects.toMatchObject({ code: 'network.unreachable' });
  });

  it('that nobody answers, twenty times at once, keeps no file and no hash waiting', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const given = new AbortController();
    const ended: string[] = [];
    const lookUps = Array.from({ length: 20 }, (_, each) =>
      resolveByNameServers([`127.0.0.1:${silent.address().port}`])(`${each}.example`, given.signal).catch(
        ({ code }: StorageFailure) => ended.push(code),
      ),
    );
    // Four threads serve the system's look-up, files and hashes alike: it would hold them for its whole time.
    await Promise.all([readFile('package.json'), promisify(pbkdf2)('a', 'b', 1, 32, 'sha256')]);
    expect(ended).toEqual([]);
    given.abort();
    await Promise.all(lookUps);
    expect(ended).toEqual(Array(20).fill('network.name_server'));
    silent.close();
  });

  it('is given up as soon as it may not be waited for any longer, however many name servers are silent', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const server = `127.0.0.1:${silent.address().port}`;
    const asking = resolveByNameServers([server, server])('storage.example', AbortSignal.timeout(30));
    await expect(asking).rejects.toMatchObject({ code: 'network.name_server' });
    silent.close();
  });
});
