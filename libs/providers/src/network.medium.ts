import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Credentials, TestResult } from '@stowage/contracts';
import { describeOnServers, NameServer, type SilentPort, startSilentPort } from '../../../tools/servers/index.js';
import { program } from '../../../tools/servers/requirements.js';
import { createDialer, type DialerParts } from './dialer/create-dialer.js';
import { resolveByNameServers } from './dialer/resolve.js';
import { NO_FIELDS } from './field-check.js';
import { resolveLocation } from './resolve-location.js';
import { testStorage } from './test-storage.js';

const ROOT = join(import.meta.dirname, '../../..');
const CREDENTIALS: Credentials = { access_key: 'AKEXAMPLEEXAMPLE0001', secret_key: 'secret' };
const PROVIDERS = ['minio', 'sftp', 'ftp'] as const;
type Tested = (typeof PROVIDERS)[number];

const locationOf = (provider: Tested, host: string, port: number) =>
  resolveLocation({
    ...NO_FIELDS,
    organization_id: null,
    provider,
    ...(provider === 'minio' ? { endpoint_url: `http://${host}:${port}`, bucket: 'backups' } : { host, port }),
  });

function test(provider: Tested, host: string, port: number, parts: DialerParts): Promise<TestResult> {
  const dialer = createDialer({ allow: [], deny: [], allowLoopback: true }, { provider, organizationId: null }, parts);
  const location = locationOf(provider, host, port);
  return testStorage({ location, credentials: CREDENTIALS, dialer, depth: 'quick', deadlineMs: 5000 });
}

const lastCheck = ({ checks }: TestResult) => checks.at(-1);

describe('a storage that the network does not lead to', () => {
  let silent: SilentPort;
  let names: NameServer;
  beforeAll(async () => {
    silent = await startSilentPort();
    names = await NameServer.start();
    names.say('silent.example', () => null);
    names.say('storage.example', ['127.0.0.1']);
    names.say('inside.example', ['10.0.0.1']);
  }, 30_000);
  afterAll(async () => {
    await silent?.stop();
    await names?.stop();
  });
  const byName = (lookUpMs = 4500): DialerParts => ({ resolve: resolveByNameServers([names.address]), lookUpMs });

  describe.each(PROVIDERS)('%s', (provider) => {
    it('at a port that never answers is told when the time for connecting is over', async () => {
      const result = await test(provider, '127.0.0.1', silent.port, { connectTimeoutMs: 300 });
      expect(result).toMatchObject({ code: 'network.timeout', message: 'Connection failed: Connection timeout' });
      expect(lastCheck(result)).toMatchObject({ name: 'connect', status: 'failed' });
    });

    it('whose name does not exist is told', async () => {
      const result = await test(provider, 'nowhere.example', 9000, byName());
      expect(result).toMatchObject({ code: 'network.unreachable', evidence: null });
      expect(lastCheck(result)).toMatchObject({ name: 'resolve', status: 'failed' });
    });

    it('whose name leads to a denied address is told in the same words', async () => {
      const missing = await test(provider, 'nowhere.example', 9000, byName());
      const denied = await test(provider, 'inside.example', 9000, byName());
      expect(JSON.stringify(denied).replaceAll('inside', 'nowhere')).toBe(JSON.stringify(missing));
    });

    it('whose name server is silent is told when the time for looking up is over', async () => {
      const result = await test(provider, 'silent.example', 9000, byName(300));
      expect(result).toMatchObject({ code: 'network.name_server' });
      expect(lastCheck(result)).toMatchObject({ name: 'resolve', status: 'failed' });
    });

    it('whose name is known is looked up, and told what happens there', async () => {
      const result = await test(provider, 'storage.example', silent.port, { ...byName(), connectTimeoutMs: 300 });
      expect(result).toMatchObject({ code: 'network.timeout' });
      expect(result.checks[0]).toMatchObject({ name: 'resolve', status: 'ok' });
    });
  });
});

/** Run by a process that is alone in its network. Its output is a TestResult each line. */
const ALONE = `
  import { createDialer } from './dialer/create-dialer.js';
  import { testStorage } from './test-storage.js';
  for (const location of JSON.parse(process.argv.at(-1))) {
    const dialer = createDialer(
      { allow: [], deny: [], allowLoopback: false },
      { provider: location.provider, organizationId: null },
    );
    const credentials = ${JSON.stringify(CREDENTIALS)};
    const result = await testStorage({ location, credentials, dialer, depth: 'quick', deadlineMs: 5000 });
    console.log(JSON.stringify(result));
  }`;

describeOnServers(['network namespaces'], 'a network without a way out', () => {
  it.each([
    ['IPv4', '93.184.216.34'],
    ['IPv6', '2606:2800:220:1::1'],
  ])('leads to no storage over %s, which is told', async (_family, address) => {
    const host = (provider: Tested) => (provider === 'minio' && address.includes(':') ? `[${address}]` : address);
    const results = await alone(PROVIDERS.map((provider) => locationOf(provider, host(provider), 9000)));
    expect(results.map(({ code }) => code)).toEqual(PROVIDERS.map(() => 'network.no_route'));
    for (const { hint } of results) expect(hint).toContain('needs an IPv4 one too');
  });
});

async function alone(locations: unknown[]): Promise<TestResult[]> {
  const { outputFiles } = await build({
    stdin: { contents: ALONE, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const output = await new Promise<string>((resolve, reject) => {
    const args = ['--net', process.execPath, '--input-type=module', '-', JSON.stringify(locations)];
    const child = execFile(program('unshare'), args, { cwd: ROOT, timeout: 20_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.end(outputFiles[0]?.text);
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TestResult);
}
