import type { AbuseCase } from '../abuse-case.js';
import { type Listening, setTrap } from '../hostile/listening.js';
import type { Answer, RestClient } from '../rest-client.js';
import { startWrongly } from '../start-wrongly.js';
import type { Trial } from '../trial.js';

/** Ways to write this machine, its neighbours, and where clouds keep their secrets. */
const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '127.000.000.001',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '１２７.０.０.１',
  '127。0。0。1',
  '127．0．0．1',
  '127.9.9.9',
  '0',
  '0.0.0.0',
  '0x0',
  '00',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fe80::1%25eth0]',
  '[fe80::1%eth0]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00::1]',
  '[ff02::1]',
  '[fd00:ec2::254]',
  '[fe80::5efe:127.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[fd20:ce::254]',
  '[2001:db8::1]',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '10.0.0.1',
  '10.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '192.0.2.1',
  '203.0.113.1',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'ip6-localhost',
  '%6c%6f%63alhost',
  'loc​alhost',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'foo.localhost',
  'metadata.google.internal',
  'postgres',
  'rabbitmq',
];

const CODES = ['target.forbidden', 'network.unreachable', 'target.port_forbidden', 'network.name_server'];

export type Dialled = 'minio' | 'sftp' | 'ftp';

export function bodyFor(provider: Dialled, host: string, port: number) {
  const secrets = { access_key: 'somebody', secret_key: 'some-secret-of-somebody' };
  return provider === 'minio'
    ? { provider, bucket: 'backups', endpoint_url: `http://${host}:${port}`, ...secrets }
    : { provider, host, port, ...secrets };
}

/** Many tests by strangers, a few at a time. */
export async function testAll<T>(
  trial: Trial,
  items: readonly T[],
  bodyOf: (item: T) => object,
  system = trial.lab.strict(),
): Promise<{ item: T; answer: Answer }[]> {
  const running = await system;
  const results: { item: T; answer: Answer }[] = [];
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const rest: RestClient = await trial.rest(running);
      await trial.lab.forgetRates(running);
      results.push({ item, answer: await rest.test(bodyOf(item)) });
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return results;
}

export async function withTrap(work: (trap: Listening) => Promise<void>): Promise<void> {
  const trap = await setTrap();
  try {
    await work(trap);
  } finally {
    await trap.stop();
  }
}

async function allRefused(trial: Trial, bodies: [string, object][], statuses = [422]): Promise<void> {
  const system = await trial.lab.strict();
  const rest = await trial.stranger(system);
  for (const [what, body] of bodies) {
    await trial.lab.forgetRates(system);
    const tested = await rest.test(body);
    trial.require(
      statuses.includes(tested.status),
      `${what} is refused by a test with ${statuses.join(' or ')}: ${tested.status} ${tested.text.slice(0, 150)}`,
    );
    const created = await rest.create({ ...body, name: `x${Math.random()}` });
    trial.require(
      created.status === 422,
      `${what} is refused by create with 422: ${created.status} ${created.text.slice(0, 150)}`,
    );
  }
  trial.saw(`${bodies.length} refused`);
}

const AWS = { provider: 'aws_s3', bucket: 'backups', access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'some-secret' };
const R2 = { ...AWS, provider: 'cloudflare_r2', account_id: 'a1b2c3d4'.repeat(4) };
const MINIO = { ...AWS, provider: 'minio' };

export const EGRESS_ADDRESSES: AbuseCase[] = [
  {
    number: 15,
    tried: `${SPELLINGS.length} spellings of addresses that nobody may dial, as MinIO, SFTP and FTP`,
    proofs: [{ file: 'libs/providers/src/dialer/policy.spec.ts', name: 'the egress policy' }],
    async attempt(trial) {
      await withTrap(async (trap) => {
        const tries = SPELLINGS.flatMap((host) =>
          (['minio', 'sftp', 'ftp'] as const).map((provider) => ({ host, provider })),
        );
        const results = await testAll(trial, tries, ({ host, provider }) => bodyFor(provider, host, trap.port));
        for (const { item, answer } of results) {
          const denied =
            answer.status === 422 || (answer.status === 200 && CODES.includes(String(answer.body['code'])));
          trial.require(
            denied,
            `${item.provider} ${item.host} is denied: ${answer.status} ${answer.text.slice(0, 200)}`,
          );
        }
        trial.require(trap.accepted === 0, `nobody came into the trap: ${trap.accepted} did`);
        trial.saw(`${results.length} tests, ${trap.accepted} connections`);
      });
    },
  },
  {
    number: 16,
    tried: 'an address literal of the metadata service and of this machine as endpoint',
    async attempt(trial) {
      await withTrap(async (trap) => {
        const results = await testAll(trial, ['169.254.169.254', '127.0.0.1'], (host) =>
          bodyFor('minio', host, trap.port),
        );
        for (const { item, answer } of results) {
          trial.require(
            answer.body['code'] === 'target.forbidden',
            `${item} is target.forbidden: ${answer.text.slice(0, 200)}`,
          );
        }
        trial.require(trap.accepted === 0, 'denied before any connection');
        trial.saw('target.forbidden, no connection');
      });
    },
  },
  {
    number: 17,
    tried: 'a write with Expect: 100-continue, for which an SDK makes an agent of its own',
    proofs: [{ file: 'libs/providers/src/s3/expect-continue.spec.ts' }],
  },
  {
    number: 21,
    tried: 'a region that would become part of another host name',
    attempt: (trial) =>
      allRefused(
        trial,
        ['169', 'x.evil', 'us-east-1@evil', 'a'.repeat(64), 'us-east-1/', 'us-east-1#', 'us east', '-', '..'].map(
          (region) => [`region ${region}`, { ...AWS, region }],
        ),
      ),
  },
  {
    number: 22,
    tried: 'an account id that is no account id',
    attempt: (trial) =>
      allRefused(
        trial,
        ['evil.com/', 'a'.repeat(31), 'a'.repeat(33), `${'a'.repeat(31)}.`, 'evil.com#'.padEnd(32, 'a')].map(
          (account_id) => [`account_id ${account_id}`, { ...R2, account_id }],
        ),
      ),
  },
  {
    number: 23,
    tried: 'an endpoint of one’s own for AWS, R2 and B2',
    attempt: (trial) =>
      allRefused(trial, [
        ['aws_s3 elsewhere', { ...AWS, endpoint_url: 'https://evil.example' }],
        ['aws_s3 with a suffix', { ...AWS, endpoint_url: 'https://s3.amazonaws.com.evil.example' }],
        ['aws_s3 on loopback', { ...AWS, endpoint_url: 'http://127.0.0.1:9000' }],
        ['cloudflare_r2 elsewhere', { ...R2, endpoint_url: 'https://evil.example' }],
        [
          'cloudflare_r2 with a suffix',
          { ...R2, endpoint_url: `https://${R2.account_id}.r2.cloudflarestorage.com.evil.example` },
        ],
        [
          'backblaze_b2 elsewhere',
          { ...AWS, provider: 'backblaze_b2', endpoint_url: 'https://s3.us-west-004.evil.example' },
        ],
        [
          'backblaze_b2 with a label',
          { ...AWS, provider: 'backblaze_b2', endpoint_url: 'https://s3.us-west-004.backblazeb2.com.evil.example' },
        ],
      ]),
  },
  {
    number: 24,
    tried: 'an endpoint with user, path, query, fragment, tab, backslash, trailing dots, zero width or another scheme',
    attempt: (trial) =>
      allRefused(
        trial,
        [
          'http://user:pw@minio.example:9000',
          'http://minio.example:9000?x=1',
          'http://minio.example:9000/#x',
          'http://mi\tnio.example:9000',
          'http:\\\\minio.example:9000',
          'http://minio.example\\@127.0.0.1:9000',
          'http://minio..example:9000',
          'http://mi\u200bnio .example:9000',
          'gopher://minio.example:9000',
          'file:///etc/passwd',
          'javascript:alert(1)',
          'http://',
          'http://minio.example.:9000',
          'http://minio.example:9000:1',
          'http://[::1',
          'http://-.example:9000',
          `http://${'a'.repeat(64)}.example:9000`,
        ].map((endpoint_url) => [endpoint_url, { ...MINIO, endpoint_url }]),
      ),
  },
  {
    number: 25,
    tried: 'ports of other services, of the gateway itself, and numbers that are no port',
    async attempt(trial) {
      const system = await trial.lab.strict();
      const gateway = Number(new URL(system.gateways[0]!.url).port);
      const worker = Number(new URL(system.workers[0]!.url).port);
      const ports = [0, -1, 25, 22.5, 3306, 5432, 5672, 6379, 11_211, 65_536, 1e9, gateway, worker];
      const tries = ports.flatMap((port) => ['127.0.0.1', '93.184.216.34'].map((host) => ({ host, port })));
      const outside = tries.filter(({ host, port }) => host === '127.0.0.1' || ![gateway, worker].includes(port));
      const results = await testAll(trial, outside, ({ host, port }) => bodyFor('sftp', host, port));
      for (const { item, answer } of results) {
        const denied = answer.status === 422 || CODES.includes(String(answer.body['code']));
        trial.require(denied, `${item.host}:${item.port} is denied: ${answer.text.slice(0, 150)}`);
      }
      trial.saw(`${results.length} denied`);
    },
  },
  {
    number: 26,
    tried: 'the private network that was opened to another organization',
    proofs: [
      {
        file: 'apps/storage-worker/src/egress/egress.medium.ts',
        name: 'open a network to the organizations that they name',
      },
    ],
    async attempt(trial) {
      const system = await trial.lab.strict();
      const administrator = await trial.rest(system, { platform: true });
      const [friend, stranger] = [await trial.stranger(system), await trial.stranger(system)];
      const allowances = [
        { cidr: '10.99.0.0/16', ports: [2022], providers: ['sftp'], organization_ids: [friend.organization] },
      ];
      const put = await administrator.send('PUT', '/platform/egress-allowances', { allowances });
      trial.require(put.status === 200, `the allowance is taken: ${put.text}`);
      const [ofStranger, ofFriend] = [
        await stranger.test(bodyFor('sftp', '10.99.0.1', 2022)),
        await friend.test(bodyFor('sftp', '10.99.0.1', 2022)),
      ];
      trial.require(
        ofStranger.body['code'] === 'target.forbidden',
        `denied to the other: ${ofStranger.text.slice(0, 150)}`,
      );
      trial.require(ofFriend.body['code'] !== 'target.forbidden', `open to the one: ${ofFriend.text.slice(0, 150)}`);
      trial.saw(`${String(ofStranger.body['code'])} / ${String(ofFriend.body['code'])}`);
      await administrator.send('PUT', '/platform/egress-allowances', { allowances: [] });
    },
  },
  {
    number: 27,
    tried: 'an egress policy that is wrong or opens everything, in the environment and over REST',
    async attempt(trial) {
      const system = await trial.lab.strict();
      const entry = (cidr: string): string => JSON.stringify([{ cidr, ports: [22], providers: ['sftp'] }]);
      const environments: Record<string, string>[] = [
        { EGRESS_ALLOW: entry('0.0.0.0/0') },
        { EGRESS_ALLOW: entry('10.0.0.0/33') },
        { EGRESS_ALLOW: entry('127.0.0.0/16') },
        { EGRESS_ALLOW: 'everything' },
        { EGRESS_DENY: '10.0.0.0/99' },
        { EGRESS_NAME_SERVERS: 'dns.example' },
        { EGRESS_ALLOW_LOOPBACK: 'true', NODE_ENV: 'production' },
        { STORAGE_DEV_ENDPOINTS: '{}', NODE_ENV: 'production' },
      ];
      const endings = await Promise.all(environments.map((each) => startWrongly(system, 'storage-worker', each)));
      endings.forEach(({ code, output }, index) => {
        const [name] = Object.keys(environments[index]!);
        trial.require(
          code === 1 && output.includes(name!),
          `the worker does not start with ${JSON.stringify(environments[index])}: ${code} ${output.slice(-200)}`,
        );
      });
      const administrator = await trial.rest(system, { platform: true });
      for (const cidr of [
        '0.0.0.0/0',
        '::/0',
        '127.0.0.0/16',
        '169.254.0.0/16',
        '10.0.0.0/8',
        'x',
        '::ffff:127.0.0.0/104',
      ]) {
        const allowances = [{ cidr, ports: [22], providers: ['sftp'] }];
        const answer = await administrator.send('PUT', '/platform/egress-allowances', { allowances });
        trial.require(answer.status === 422, `${cidr} is refused: ${answer.status}`);
      }
      trial.saw(`${endings.length} starts refused, 7 settings refused`);
    },
  },
];
