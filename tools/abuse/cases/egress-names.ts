import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AbuseCase } from '../abuse-case.js';
import { startHostileS3, startRedirectingS3 } from '../hostile/s3.js';
import { listen } from '../hostile/listening.js';
import type { Answer } from '../rest-client.js';
import { median } from '../median.js';
import { startWrongly } from '../start-wrongly.js';
import type { Trial } from '../trial.js';
import { bodyFor, type Dialled, testAll, withTrap } from './egress-addresses.js';

const withoutId = ({ text }: Answer): string => text.replace(/"request_id":"[^"]+"/, '');

/** Distinct hosts of distinct organizations: one host may be tested only so often. */
async function testAtOnce(
  trial: Trial,
  hostOf: (index: number) => string,
  provider: Dialled = 'sftp',
): Promise<Answer[]> {
  const system = await trial.lab.open();
  const strangers = await Promise.all(Array.from({ length: 20 }, () => trial.rest(system)));
  await trial.lab.forgetRates(system);
  return Promise.all(strangers.map((each, index) => each.test(bodyFor(provider, hostOf(index), 2022))));
}

/** Twenty tests that wait are in a thread each: their start, and what they load, is then no part of what is measured. */
export async function loadThreads(trial: Trial, provider: Dialled = 'sftp'): Promise<void> {
  await testAtOnce(trial, (index) => silent(trial, `loaded-${index}.example`), provider);
}

function silent(trial: Trial, name: string): string {
  trial.lab.nameServer.say(name, () => null);
  return name;
}

async function deniedAndMissing(trial: Trial, runs: number): Promise<{ denied: Answer[]; missing: Answer[] }> {
  const { nameServer } = trial.lab;
  nameServer.say('denied.example', ['127.0.0.1']);
  const tries = Array.from({ length: runs }, () => ['denied.example', 'missing.example']).flat();
  const results = await testAll(trial, tries, (host) => bodyFor('sftp', host, 2222));
  const of = (host: string): Answer[] => results.filter(({ item }) => item === host).map(({ answer }) => answer);
  return { denied: of('denied.example'), missing: of('missing.example') };
}

export const EGRESS_NAMES: AbuseCase[] = [
  {
    number: 18,
    tried: 'a name with one public address and one that is denied, in either order and family',
    async attempt(trial) {
      const { nameServer } = trial.lab;
      await withTrap(async (trap) => {
        const names = {
          'mixed-1.example': ['93.184.216.34', '127.0.0.1'],
          'mixed-2.example': ['127.0.0.1', '93.184.216.34'],
          'mixed-3.example': ['93.184.216.34', '::1'],
          'mixed-4.example': ['::ffff:127.0.0.1'],
        };
        for (const [name, addresses] of Object.entries(names)) nameServer.say(name, addresses);
        const results = await testAll(trial, Object.keys(names), (host) => bodyFor('minio', host, trap.port));
        for (const { item, answer } of results) {
          trial.require(
            answer.body['code'] === 'network.unreachable',
            `${item} is unreachable: ${answer.text.slice(0, 150)}`,
          );
          trial.require(nameServer.asked(item) > 0, `${item} was asked of our name server`);
        }
        trial.require(trap.accepted === 0, 'nobody came into the trap');
        trial.saw(`${results.length} names, no connection`);
      });
    },
  },
  {
    number: 19,
    tried: 'a name that leads to the storage when it is tested, and elsewhere when usage is refreshed',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const { port } = trial.lab.storage;
      let elsewhere = false;
      trial.lab.nameServer.say('rebinds.example', () => [elsewhere ? '169.254.169.254' : '127.0.0.1']);
      const config = await trial.makeStorage(rest, { endpoint_url: `http://rebinds.example:${port}` });
      const before = await rest.send('POST', `/storage-configs/${config.id}/test`);
      trial.require(before.body['success'] === true, `it works at first: ${before.text.slice(0, 200)}`);
      elsewhere = true;
      const { body: queued } = await rest.send('POST', `/storage-configs/${config.id}/usage/refresh`);
      const codeOf = ({ error }: Record<string, unknown>): string | undefined =>
        (error as { code?: string } | null)?.code;
      // It will be tried again later: the attempt that was made is enough.
      let operation: Record<string, unknown> = {};
      await trial.lab.within(20, async () => {
        ({ body: operation } = await rest.send('GET', `/storage-operations/${String(queued['id'])}`));
        return codeOf(operation) !== undefined || operation['status'] === 'succeeded';
      });
      const code = codeOf(operation);
      trial.require(code === 'network.unreachable', `the refresh finds it unreachable: ${JSON.stringify(operation)}`);
      await trial.lab.forgetRates(system);
      const after = await rest.send('POST', `/storage-configs/${config.id}/test`);
      trial.require(after.body['code'] === 'network.unreachable', `the test too: ${after.text.slice(0, 150)}`);
      trial.saw(`tested, then the refresh: ${code}`);
    },
  },
  {
    number: 20,
    tried: 'redirects 301, 302, 303, 307, 308 and PermanentRedirect to another server',
    proofs: [{ file: 'libs/providers/src/s3/symptoms.spec.ts', name: 'follows no redirect' }],
    async attempt(trial) {
      await withTrap(async (trap) => {
        for (const status of [301, 302, 303, 307, 308]) {
          const server = await startRedirectingS3(status, `http://127.0.0.1:${trap.port}/backups`);
          const secret = trial.lab.canaries.plain(`redirected by ${status}`);
          const body = { ...bodyFor('minio', '127.0.0.1', server.port), secret_key: secret };
          const [result] = await testAll(trial, [body], (each) => each, trial.lab.open());
          trial.require(
            result!.answer.body['success'] === false,
            `${status} fails the test: ${result!.answer.text.slice(0, 150)}`,
          );
          trial.require(server.accepted > 0, `${status} was asked`);
          await server.stop();
        }
        trial.require(trap.accepted === 0, `no redirect was followed: ${trap.accepted}`);
        trial.saw(`5 redirects, ${trap.accepted} followed`);
      });
    },
  },
  {
    number: 35,
    tried: 'telling a name that does not exist from one that leads inside, by the answer',
    async attempt(trial) {
      const { denied, missing } = await deniedAndMissing(trial, 2);
      // How to try it by hand names the host that was asked for.
      const bodies = new Set([
        ...denied.map((answer) => withoutId(answer).replaceAll('denied.example', 'host')),
        ...missing.map((answer) => withoutId(answer).replaceAll('missing.example', 'host')),
      ]);
      trial.require(bodies.size === 1, `byte for byte the same: ${[...bodies].join(' | ').slice(0, 600)}`);
      trial.require(trial.lab.nameServer.asked('denied.example') > 0, 'the name server was asked');
      trial.saw('the same bytes');
    },
  },
  {
    number: 36,
    tried: 'telling them apart by the time, 30 of each',
    async attempt(trial) {
      const { denied, missing } = await deniedAndMissing(trial, 30);
      const [a, b] = [denied, missing].map((answers) => median(answers.map(({ milliseconds }) => milliseconds)));
      trial.saw(`medians ${a!.toFixed(0)} and ${b!.toFixed(0)} ms`);
      trial.require(Math.abs(a! - b!) < 100, `the medians are within 100 ms: ${a} and ${b}`);
    },
  },
  {
    number: 37,
    tried: 'one organization looks through 200 ports',
    async attempt(trial) {
      const system = await trial.lab.strict();
      const rest = await trial.stranger(system);
      let tested = 0;
      let refused = 0;
      for (let port = 20_000; port < 20_200; port++) {
        // The rates of a minute are another limit: as somebody with patience would come.
        await trial.lab.rows(
          system,
          `UPDATE test_attempts SET started_at = started_at - interval '1 minute'
            WHERE tenant_id = $1 AND started_at > now() - interval '1 minute'`,
          [rest.organization],
        );
        const answer = await rest.test(bodyFor('sftp', '10.0.0.1', port));
        if (answer.status === 429) {
          refused++;
          trial.require(Number(answer.headers.get('retry-after')) > 0, '429 says when to come again');
        } else tested++;
      }
      trial.saw(`${tested} tested, ${refused} refused`);
      trial.require(tested <= 10, `at most 10 addresses an hour are tested: ${tested}`);
      const audited = await trial.lab.rows(
        system,
        `SELECT action FROM storage_audit WHERE organization_id = $1 AND action LIKE '%scan%'`,
        [rest.organization],
      );
      trial.require(audited.length > 0, 'the audit suspects a scan');
    },
  },
  {
    number: 38,
    tried: 'blank keys, so that an SDK would take those of our environment or of the metadata service',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const body = trial.lab.storageBody();
      for (const keys of [
        { access_key: '' },
        { secret_key: '' },
        { access_key: '', secret_key: '' },
        { access_key: '  ', secret_key: '\n' },
        { access_key: undefined, secret_key: undefined },
        { access_key: null, secret_key: null },
      ]) {
        const answer = await rest.test({ ...body, ...keys });
        trial.require(answer.status === 422, `${JSON.stringify(keys)} is refused: ${answer.status}`);
      }
      const { accepted } = trial.lab.environmentTrap;
      trial.require(
        accepted === 0,
        `no process asked the proxy, metadata service or endpoint of its environment: ${accepted}`,
      );
      trial.saw(`422 each; ${accepted} questions to the metadata service`);
    },
  },
  {
    number: 39,
    tried: 'proxies and AWS_* in the environment of every process; a start with NODE_TLS_REJECT_UNAUTHORIZED=0',
    proofs: [
      { file: 'apps/storage-worker/src/probe-pool/probe-threads.medium.ts', name: 'nothing of the environment' },
    ],
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const config = await trial.makeStorage(rest);
      const tested = await rest.send('POST', `/storage-configs/${config.id}/test`);
      trial.require(tested.body['success'] === true, `a storage still works: ${tested.text.slice(0, 200)}`);
      const { body } = await rest.send('POST', `/storage-configs/${config.id}/usage/refresh`);
      const ended = await trial.lab.ended(rest, String(body['id']));
      trial.require(ended['status'] === 'succeeded', `and is measured: ${JSON.stringify(ended).slice(0, 300)}`);
      trial.require(trial.lab.environmentTrap.accepted === 0, 'nothing went through the proxy');
      trial.saw(`test and refresh went straight; ${trial.lab.environmentTrap.accepted} connections to the proxy`);
      for (const app of ['gateway', 'storage-worker'] as const) {
        const { code, output } = await startWrongly(system, app, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
        trial.require(
          code === 1 && output.includes('NODE_TLS_REJECT_UNAUTHORIZED'),
          `the ${app} does not start without checks of certificates: ${code} ${output.slice(-200)}`,
        );
      }
      trial.saw('2 starts refused');
    },
  },
  {
    number: 40,
    tried: 'a name server that never answers, 20 at once',
    async attempt(trial) {
      const system = await trial.lab.open();
      await loadThreads(trial);
      const alone = await testAtOnce(trial, (index) => `missing-${index}.example`);
      const others: number[] = [];
      const rest = await trial.stranger(system);
      const meanwhileEnds = new AbortController();
      const meanwhile = (async () => {
        while (!meanwhileEnds.signal.aborted) {
          others.push((await rest.create(trial.lab.storageBody())).milliseconds);
          await sleep(50);
        }
      })();
      const answers = await testAtOnce(trial, (index) => silent(trial, `silent-${index}.example`));
      meanwhileEnds.abort();
      await meanwhile;
      const [floor, slowest] = [alone, answers].map((each) =>
        Math.max(...each.map(({ milliseconds }) => milliseconds)),
      ) as [number, number];
      const codes = new Set(answers.map(({ status, body }) => `${status} ${String(body['code'])}`));
      trial.saw(
        `slowest ${(slowest / 1000).toFixed(1)} s, ${(floor / 1000).toFixed(1)} s where it answers; ` +
          `${[...codes].join()}; creates meanwhile: median ${median(others).toFixed(0)} ms`,
      );
      trial.require(
        answers.every(({ status, body }) => status === 200 && body['success'] === false),
        'each gets its answer',
      );
      trial.require(slowest - floor < 5000, `5 s at most for a look-up: ${slowest} ms, without ${floor} ms`);
      trial.require(median(others) < 500, `others are not slowed: ${median(others)} ms`);
    },
  },
  {
    number: 41,
    tried: 'a probe that loops or eats memory',
    proofs: [
      { file: 'apps/storage-worker/src/probe-pool/probe-threads.medium.ts', name: 'kills a thread that loops' },
      { file: 'apps/storage-worker/src/probe-pool/probe-threads.medium.ts', name: 'eat memory' },
    ],
  },
  {
    number: 42,
    tried: 'certificates: self-signed, of another authority, of another name, expired, of an address',
    proofs: [{ file: 'libs/providers/src/dialer/dialer-tls.medium.ts' }],
  },
  {
    number: 101,
    tried:
      'bytes of another protocol sent to our own services through a storage: line ends in every field that reaches a wire',
    async attempt(trial) {
      const server = await listen((socket) => socket.write('220 ready\r\n'));
      const lines = ['x\r\nDELE /', 'x\nQUIT', 'x\rQUIT', 'x\u0000y', 'x\u2028y', 'x\u0085y'];
      const bodies = lines.flatMap((text) =>
        (['access_key', 'secret_key', 'path_prefix', 'bucket', 'host', 'name'] as const).map((field) => ({
          ...bodyFor('ftp', '127.0.0.1', server.port),
          tls: 'none',
          [field]: text,
        })),
      );
      const results = await testAll(trial, bodies, (body) => body, trial.lab.open());
      const injected = server.received.split('\r\n').filter((line) => /^(DELE|QUIT \/|y)/.test(line));
      trial.require(injected.length === 0, `no command of theirs was sent: ${injected.join()}`);
      const statuses = new Set(results.map(({ answer }) => answer.status));
      trial.require(
        [...statuses].every((status) => status === 422 || status === 200),
        `each is answered: ${[...statuses].join()}`,
      );
      trial.saw(`${results.length} tries, ${injected.length} commands of theirs at the server`);
      await server.stop();
    },
  },
  {
    number: 102,
    tried: 'a connection that is kept for the next tenant of the same host',
    async attempt(trial) {
      const seen: string[] = [];
      const server = await startHostileS3((socket) => {
        seen.push(String(socket.remotePort));
        socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n');
      });
      await testAll(trial, [1, 2, 3], () => bodyFor('minio', '127.0.0.1', server.port), trial.lab.open());
      trial.require(new Set(seen).size === seen.length, 'no tenant uses the connection of another');
      trial.saw(`${seen.length} connections, none used twice`);
      await server.stop();
    },
  },
  {
    number: 103,
    tried: 'a request to the gateway that never ends: headers and bodies of a byte at a time',
    async attempt(trial) {
      const system = await trial.lab.open();
      const { port, hostname } = new URL(system.gateways[0]!.url);
      const sockets = Array.from({ length: 50 }, () => connect(Number(port), hostname));
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        socket.write('GET /api/v1/backups/storage-settings HTTP/1.1\r\nHost: x\r\n');
      }
      const timer = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('X')), 500);
      const rest = await trial.rest(system);
      const { status, milliseconds } = await rest.send('GET', '/storage-settings');
      trial.require(
        status === 200 && milliseconds < 2000,
        `others are served meanwhile: ${status} in ${milliseconds} ms`,
      );
      const closed = await trial.lab.within(45, () => sockets.every((socket) => socket.closed || socket.readableEnded));
      clearInterval(timer);
      trial.require(closed, 'the gateway hangs up within its time for headers');
      sockets.forEach((socket) => socket.destroy());
      trial.saw(`50 slow requests hung up on; another was answered in ${milliseconds.toFixed(0)} ms`);
    },
  },
];
