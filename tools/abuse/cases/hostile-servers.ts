import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../system/index.js';
import type { AbuseCase } from '../abuse-case.js';
import { extendedPassive, passive, type Replies, startHostileFtp } from '../hostile/ftp.js';
import { drip, listen, pourForever } from '../hostile/listening.js';
import { S3_ATTACKS, startHostileS3 } from '../hostile/s3.js';
import { startHostileSsh } from '../hostile/ssh.js';
import { quantile } from '../median.js';
import type { Trial } from '../trial.js';
import { bodyFor, testAll, withTrap } from './egress-addresses.js';
import { loadThreads } from './egress-names.js';

const MIB = 1024 * 1024;
/** A test has 15 s; what it takes to be asked for and answered comes on top. */
const MOST_MS = 18_000;

async function residentBytes(system: System): Promise<number> {
  const status = readFileSync(`/proc/${await system.workers[0]!.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

/** Each attack by itself and then all at once, beside somebody who minds their own business. */
async function survive(
  trial: Trial,
  attacks: { what: string; body: ReturnType<typeof bodyFor> }[],
  worstOfOthersMs: number,
): Promise<void> {
  const system = await trial.lab.open();
  const pid = await system.workers[0]!.process.pid;
  await loadThreads(trial, attacks[0]!.body.provider);
  const before = await residentBytes(system);
  const bystander = await trial.rest(system);
  const others: number[] = [];
  let most = before;
  const meanwhileEnds = new AbortController();
  const meanwhile = (async () => {
    while (!meanwhileEnds.signal.aborted) {
      others.push((await bystander.send('GET', `/storage-configs?${bystander.ofOrganization}`)).milliseconds);
      most = Math.max(most, await residentBytes(system));
      await sleep(20);
    }
  })();
  const strangers = await Promise.all(attacks.map(() => trial.rest(system)));
  await trial.lab.forgetRates(system);
  const logLength = system.logs().length;
  const answers = await Promise.all(
    attacks.map(async ({ body }, index) => {
      for (;;) {
        const answer = await strangers[index]!.test(body);
        // All attackers have one address, and one host may be tested six times a minute.
        if (answer.status !== 429 && answer.status !== 503) return answer;
        await trial.lab.forgetRates(system);
        await sleep(100);
      }
    }),
  );
  meanwhileEnds.abort();
  await meanwhile;
  answers.forEach(({ status, body, milliseconds, text }, index) => {
    const { what } = attacks[index]!;
    trial.require(
      status === 200 && body['success'] === false,
      `${what} fails the test: ${status} ${text.slice(0, 200)}`,
    );
    trial.require(milliseconds < MOST_MS, `${what} ends in time: ${milliseconds.toFixed(0)} ms`);
    trial.require(text.length < 8192, `${what} makes no long answer: ${text.length}`);
    trial.require(
      !/[\p{Cc}\p{Bidi_Control}]|<script/u.test(text),
      `${what} brings no control characters into the answer`,
    );
  });
  const longest = Math.max(
    0,
    ...system
      .logs()
      .slice(logLength)
      .split('\n')
      .map((line) => line.length),
  );
  const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
  const p99 = quantile(others, 0.99);
  trial.saw(`${answers.length} attacks at once, slowest ${(slowest / 1000).toFixed(1)} s`);
  trial.saw(`${others.length} requests of another meanwhile, p99 ${p99.toFixed(0)} ms`);
  trial.saw(`memory +${((most - before) / MIB).toFixed(0)} MiB, longest log line ${longest}`);
  trial.require(p99 < worstOfOthersMs, `the p99 of others is below ${worstOfOthersMs} ms: ${p99.toFixed(0)}`);
  trial.require(
    most - before < 64 * MIB,
    `the worker grows by less than 64 MiB: ${((most - before) / MIB).toFixed(0)}`,
  );
  trial.require(longest < 4096, `no log line is longer than 4 KiB: ${longest}`);
  trial.require(
    (await system.workers[0]!.process.pid) === pid && system.workers[0]!.process.running,
    'the worker is the same process',
  );
}

async function testFtp(trial: Trial, replies: Replies, body: object = {}) {
  const server = await startHostileFtp(replies);
  const secret_key = trial.lab.canaries.plain(`FTP password ${JSON.stringify(replies).slice(0, 60)}`);
  const [result] = await testAll(
    trial,
    [{ ...bodyFor('ftp', '127.0.0.1', server.port), secret_key, ...body }],
    (each) => each,
    trial.lab.open(),
  );
  const { received } = server;
  await server.stop();
  return { answer: result!.answer, received, secret_key };
}

export const HOSTILE_SERVERS: AbuseCase[] = [
  {
    number: 28,
    tried: 'FTP data connections to other hosts and ports: PASV, EPSV, without end',
    async attempt(trial) {
      await withTrap(async (trap) => {
        const replies: Replies[] = [
          { EPSV: '500 no', PASV: passive('10.0.0.5', trap.port) },
          { EPSV: '500 no', PASV: passive('127.9.9.9', trap.port) },
          { EPSV: '500 no', PASV: passive('169.254.169.254', 80) },
          { EPSV: extendedPassive(22), PASV: '500 no' },
          { EPSV: extendedPassive(5432), PASV: passive('127.0.0.1', 5672) },
          { EPSV: extendedPassive(0), PASV: passive('127.0.0.1', 70_000) },
          { EPSV: '229 (|||99999999999|)', PASV: '227 (1,2,3,4,5,999)' },
          { EPSV: '229 nothing', PASV: '227 nothing' },
        ];
        for (const each of replies) {
          const { answer } = await testFtp(trial, each);
          trial.require(
            answer.body['success'] === false,
            `${JSON.stringify(each)} fails: ${answer.text.slice(0, 150)}`,
          );
          const code = String(answer.body['code']);
          trial.require(/^(ftp|network|target)\./.test(code), `and is diagnosed: ${code}`);
        }
        // The data connection always goes to the control connection's own address: 127.0.0.1, where the trap listens too.
        const allowed = 2;
        trial.require(trap.accepted <= allowed, `no other host was dialled: ${trap.accepted}`);
        trial.saw(`${replies.length} ways refused`);
      });
    },
  },
  {
    number: 29,
    tried: 'FTP with TLS that the server refuses, strips or cannot prove',
    proofs: [{ file: 'libs/providers/src/ftp/ftp.medium.ts', name: 'certificate that nobody vouches for' }],
    async attempt(trial) {
      const tries: [string, Replies, object][] = [
        ['explicit, refused by 534', { AUTH: '534 No' }, { tls: 'explicit' }],
        ['explicit, refused by 500', { AUTH: '500 What?' }, { tls: 'explicit' }],
        ['explicit, taken and then not spoken', { AUTH: '234 Begin\r\n220 Just kidding' }, { tls: 'explicit' }],
        ['not said, refused by 530', { AUTH: '530 Log in first' }, {}],
        ['not said, taken and then not spoken', { AUTH: '234 Begin\r\n220 Just kidding' }, {}],
        ['implicit', {}, { tls: 'implicit' }],
      ];
      for (const [what, replies, body] of tries) {
        const { answer, received, secret_key } = await testFtp(trial, replies, body);
        trial.require(answer.body['success'] === false, `TLS ${what} fails: ${answer.text.slice(0, 150)}`);
        trial.require(
          !received.includes(secret_key) && !/^PASS/m.test(received),
          `TLS ${what}: the password stays here`,
        );
      }
      trial.saw(`${tries.length} servers, no password at any`);
    },
  },
  {
    number: 30,
    tried: 'line ends and NUL in user, password, prefix, directory, host and name',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const server = await startHostileFtp();
      const base = { ...bodyFor('ftp', '127.0.0.1', server.port), tls: 'none', name: 'x' };
      const inner = ['a\r\nDELE /\r\nb', 'a\nb', 'a\u0000b', 'a\rb'];
      for (const field of ['access_key', 'secret_key', 'path_prefix', 'bucket', 'host', 'name']) {
        for (const text of inner) {
          const answer = await rest.create({ ...base, [field]: text });
          trial.require(
            answer.status === 422,
            `${JSON.stringify(text)} in ${field} is refused: ${answer.status} ${answer.text.slice(0, 150)}`,
          );
        }
      }
      trial.require(!server.received.includes('DELE /'), 'the server was sent no other command');
      trial.saw('24 refused');
      await server.stop();
    },
  },
  {
    number: 31,
    tried: 'the password of somebody who meets an SSH server for the first time, under strict',
    proofs: [{ file: 'libs/providers/src/sftp/login.spec.ts', name: 'is judged before anything of the login is sent' }],
    async attempt(trial) {
      const server = await startHostileSsh();
      const body = {
        ...bodyFor('sftp', '127.0.0.1', server.port),
        host_key_policy: 'strict',
        secret_key: trial.lab.canaries.make('SSH password, strict'),
      };
      const [result] = await testAll(trial, [body], (each) => each, trial.lab.open());
      const { answer } = result!;
      trial.require(answer.body['code'] === 'ssh.host_key.unknown', `the key is unknown: ${answer.text.slice(0, 200)}`);
      trial.require(/SHA256:[\w+/]{43}/.test(answer.text), 'its fingerprint is told');
      trial.require(server.passwords.length === 0, 'no password was sent');
      trial.saw(`${String(answer.body['code'])}, passwords sent: ${server.passwords.length}`);
      await server.stop();
    },
  },
  {
    number: 32,
    tried: 'an SSH server whose host key has changed',
    async attempt(trial) {
      const system = await trial.lab.open();
      const server = await startHostileSsh();
      const rest = await trial.stranger(system);
      const secret_key = trial.lab.canaries.make('SSH password, changed key');
      const config = await trial.makeStorage(rest, {
        endpoint_url: undefined,
        bucket: undefined,
        ...bodyFor('sftp', '127.0.0.1', server.port),
        secret_key,
      });
      trial.require(server.passwords.length === 0, 'the key is pinned without a login');
      server.changeKey();
      const answer = await rest.send('POST', `/storage-configs/${config.id}/test`);
      trial.require(
        String(answer.body['code']).startsWith('ssh.host_key.'),
        `the change is told: ${answer.text.slice(0, 200)}`,
      );
      trial.require(server.passwords.length === 0, 'no password was sent');
      trial.saw(`${String(answer.body['code'])}, passwords sent: ${server.passwords.length}`);
      await server.stop();
    },
  },
  {
    number: 33,
    tried:
      'SSH servers: greeting of 8 MB, silence, a byte at a time, HTTP, ANSI and HTML, files and directories without end',
    async attempt(trial) {
      const banner = 'SSH-2.0-\u001b[31m<script>alert(1)</script>\u202e';
      const servers = await Promise.all([
        listen((socket) => socket.write(Buffer.alloc(8 * MIB, 'g'))),
        listen(() => undefined),
        listen((socket) => drip(socket, 'SSH-2.0-slow\r\n')),
        listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        listen((socket) => socket.end(`${banner}\r\n`)),
        listen((socket) => pourForever(socket, Buffer.from('SSH-1.99-x\r\n'.repeat(1000)))),
        listen((socket) => socket.write(`SSH-2.0-x\r\n${'\xff'.repeat(40_000)}`)),
        startHostileSsh(),
      ]);
      const names = ['8 MB', 'silence', 'drip', 'HTTP', 'ANSI', 'pour', 'garbage after the version', 'no end'];
      const attacks = servers.map(({ port }, index) => ({
        what: names[index]!,
        body: bodyFor('sftp', '127.0.0.1', port),
      }));
      await survive(trial, attacks, 200);
      await Promise.all(servers.map((server) => server.stop()));
    },
  },
  {
    number: 34,
    tried: `S3 servers: ${Object.keys(S3_ATTACKS).join(', ')}`,
    async attempt(trial) {
      const servers = await Promise.all(Object.values(S3_ATTACKS).map(startHostileS3));
      const names = Object.keys(S3_ATTACKS);
      const attacks = servers.map(({ port }, index) => ({
        what: names[index]!,
        body: bodyFor('minio', '127.0.0.1', port),
      }));
      await survive(trial, attacks, 200);
      await Promise.all(servers.map((server) => server.stop()));
    },
  },
  {
    number: 104,
    tried: 'FTP servers: greeting without end, a byte at a time, replies without end, 8 MB lines',
    async attempt(trial) {
      const servers = await Promise.all([
        listen((socket) => pourForever(socket, Buffer.from('220-more\r\n'.repeat(5000)))),
        listen((socket) => drip(socket, '220 slow\r\n')),
        listen((socket) => socket.write(Buffer.alloc(8 * MIB, '2'))),
        listen((socket) => socket.write('220-\u001b[2J\u202eEvil\r\n220 ready\r\n')),
        listen(() => undefined),
        listen((socket) => pourForever(socket, Buffer.from('500 What?\r\n'.repeat(5000)))),
      ]);
      const names = ['greeting without end', 'drip', 'long line', 'ANSI', 'silence', 'replies nobody asked for'];
      const attacks = servers.map(({ port }, index) => ({
        what: names[index]!,
        body: bodyFor('ftp', '127.0.0.1', port),
      }));
      await survive(trial, attacks, 200);
      await Promise.all(servers.map((server) => server.stop()));
    },
  },
];
