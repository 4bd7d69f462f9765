import { type AddressInfo, createServer, type Server } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Provider, StowageError, type TestResult } from '@stowage/contracts';
import { checkFields } from './check-fields.js';
import { createDialer } from './dialer/create-dialer.js';
import { StorageFailure } from './failure.js';
import { resolveLocation } from './resolve-location.js';
import { createClient } from './s3/client.js';
import { s3Location } from './s3/testing/s3-target.js';
import { startS3Fake } from './s3/testing/s3-fake.js';
import { testStorage } from './test-storage.js';

const CREDENTIALS = { access_key: 'AKIDEXAMPLE', secret_key: 'wJalrXUtnFEMI' };
const PROVIDERS = ['minio', 'sftp', 'ftp'] as const;

/** Ways to write this machine, its neighbours and the metadata services of clouds. */
const SPELLINGS = [
  ['127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '2130706433', '017700000001', '0x7f000001', '0x7f.1'],
  ['0177.0.0.1', '0x7f.0.0.0x1', '127.000.000.001', '①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.０.０.１', '127.0.0.1.'],
  ['%31%32%37.0.0.1', '127.0.0.1%00', '127.0.0.1\u200b', ' 127.0.0.1', '127.0.0.1 ', '127.0.0.1\t', '0', '0.0.0.0'],
  ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'loc\u00adalhost', 'ⓛocalhost', '%6c%6f%63alhost'],
  ['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:0001]'],
  ['[::127.0.0.1]', '[::7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
  ['[::ffff:0:7f00:1]', '[fe80::1]', '[fe80::1%25lo]', '[fe80::1%lo]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]'],
  ['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:a9fe:a9fe]', '169.254.170.2'],
  ['100.100.100.200', '168.63.129.16', '192.0.0.192', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
  ['198.18.0.1', '255.255.255.255', '224.0.0.1', 'rebinding.example', 'inside.example', 'mixed.example', 'postgres'],
  ['user@127.0.0.1', '127.0.0.1#@93.184.216.34', '127.0.0.1\\@93.184.216.34', '93.184.216.34@127.0.0.1'],
].flat();

/** What names lead to, among them those that a careless parser makes of a spelling. */
const NAMES: Record<string, string[]> = {
  localhost: ['127.0.0.1', '::1'],
  'a.localhost': ['127.0.0.1'],
  'rebinding.example': ['127.0.0.1'],
  'inside.example': ['10.0.0.1'],
  'mixed.example': ['93.184.216.34', '127.0.0.1'],
  postgres: ['127.0.0.1'],
  'b.example': ['10.0.0.1'],
  'c.example': ['93.184.216.34', '10.0.0.1'],
};

const resolve = (name: string): Promise<string[]> =>
  name in NAMES
    ? Promise.resolve(NAMES[name] ?? [])
    : Promise.reject(new StorageFailure('network.unreachable', { step: 'resolve' }));
const dialerOf = (provider: Provider, allowLoopback = false) =>
  createDialer({ allow: [], deny: [], allowLoopback }, { provider, organizationId: null }, { resolve });

describe('an address that must not be dialled', () => {
  let trap: Server;
  let port: number;
  let accepted = 0;

  beforeAll(async () => {
    trap = createServer((socket) => {
      accepted += 1;
      socket.destroy();
    });
    await new Promise<void>((listening) => trap.listen(0, '::', listening));
    port = (trap.address() as AddressInfo).port;
  });
  beforeEach(() => void (accepted = 0));
  afterAll(() => new Promise((closed) => trap.close(closed)));

  const inputOf = (provider: Provider, host: string) =>
    provider === 'minio'
      ? { bucket: 'backups', endpoint_url: `http://${host}:${port}`, ...CREDENTIALS }
      : { host, port, ...CREDENTIALS };

  /** As REST does; the code of the refusal where the input is refused. */
  async function attempt(provider: Provider, host: string, allowLoopback = false): Promise<TestResult | string> {
    try {
      const { fields } = checkFields(provider, inputOf(provider, host));
      const location = resolveLocation({ ...fields, organization_id: null, provider });
      const dialer = dialerOf(provider, allowLoopback);
      return await testStorage({ location, credentials: CREDENTIALS, dialer, depth: 'quick', deadlineMs: 5000 });
    } catch (error) {
      if (error instanceof StowageError) return error.code;
      throw error;
    }
  }

  const everywhere = <T>(work: (provider: (typeof PROVIDERS)[number]) => Promise<T>) =>
    Promise.all(PROVIDERS.map(work));

  it('is met by a trap that does accept what may be dialled', async () => {
    await everywhere((provider) => attempt(provider, '127.0.0.1', true));
    expect(accepted).toBeGreaterThanOrEqual(PROVIDERS.length);
  });

  it('is not dialled, however it is spelled', async () => {
    expect(new Set(SPELLINGS).size).toBeGreaterThanOrEqual(60);
    const outcomes = await everywhere((provider) => Promise.all(SPELLINGS.map((host) => attempt(provider, host))));
    const codes = outcomes.flat().map((outcome) => (typeof outcome === 'string' ? outcome : outcome.code));
    expect(new Set(codes)).toEqual(new Set(['network.unreachable', 'request.validation', 'target.forbidden']));
    expect(accepted).toBe(0);
  });

  it('is told byte for byte like a name that does not exist, and no sooner', async () => {
    const began = performance.now();
    await everywhere(async (provider) => {
      const told = async (host: string) => JSON.stringify(await attempt(provider, host)).replaceAll(host, 'HOST');
      const [missing, denied, mixed] = await Promise.all(['a.example', 'b.example', 'c.example'].map(told));
      expect(missing).toContain('network.unreachable');
      expect(denied).toBe(missing);
      expect(mixed).toBe(missing);
    });
    // The floor under such answers; timers may be a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(749);
  });

  it('is not dialled for an upload that waits for "100 Continue", for which the SDK would make an agent of its own', async () => {
    const upload = async (endpoint: string, allowLoopback: boolean) => {
      const network = { dialer: dialerOf('minio', allowLoopback), signal: AbortSignal.timeout(5000) };
      const client = createClient(s3Location(endpoint, 'backups'), CREDENTIALS, network);
      const body = Buffer.alloc(3 * 1024 * 1024);
      const outcome = await client
        .send(new PutObjectCommand({ Bucket: 'backups', Key: 'a', Body: body, ContentLength: body.length }))
        .catch((error: unknown) => error);
      client.destroy();
      return outcome;
    };
    expect(await upload(`http://127.0.0.1:${port}`, false)).toMatchObject({ code: 'target.forbidden' });
    expect(accepted).toBe(0);

    const fake = await startS3Fake(() => ({ status: 200, headers: { etag: '"e"' } }));
    await upload(fake.endpoint, true);
    expect(fake.requests.map(({ headers }) => headers.expect)).toEqual(['100-continue']);
    await fake.stop();
  });
});
