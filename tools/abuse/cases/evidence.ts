import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Random } from '../../faults/random.js';
import { scanTables } from '../../canary/scan-database.js';
import { run } from '../../servers/run.js';
import { fuzzBroker } from '../fuzz/broker-fuzz.js';
import { fuzzRest, type FuzzReport } from '../fuzz/rest-fuzz.js';
import type { AbuseCase } from '../abuse-case.js';
import type { Trial } from '../trial.js';

const REST_INPUTS = 12_000;
/** Some are refused by the broker itself; more than 8 000 are delivered. */
const BROKER_INPUTS = 8_400;
export const FUZZ_SEED = 20_261_125;
const CANARY = 'test/canary.e2e.ts';

function tell(trial: Trial, { inputs, outcomes, findings }: FuzzReport): void {
  const counts = Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 12);
  trial.saw(
    `seed ${FUZZ_SEED}, ${inputs} inputs: ${counts.map(([outcome, count]) => `${outcome} ×${count}`).join(', ')}`,
  );
  trial.violations.push(...findings);
}

/** Whether every process is still the one that was started, and none has begun anew. */
async function processesOf(trial: Trial): Promise<string> {
  const system = await trial.lab.open();
  const all = [...system.gateways, ...system.workers];
  return JSON.stringify(
    await Promise.all(
      all.map(async ({ process, url }) => {
        const started = /process_start_time_seconds (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
        return [await process.pid, process.running, started];
      }),
    ),
  );
}

export const EVIDENCE: AbuseCase[] = [
  {
    number: 72,
    tried: 'forged log lines, escapes and direction marks in whatever is logged',
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const forged = '\n{"level":"log","message":"forged"}';
      for (const text of [forged, '\u001b[31mred', '\u202egnp.exe', '\r\nforged: yes']) {
        await rest.create({ ...trial.lab.storageBody(), name: text });
        await rest.send('GET', `/storage-configs/${encodeURIComponent(text)}`);
        await rest.send('GET', `/${encodeURIComponent(text)}`, undefined, {
          headers: { 'user-agent': `x${text.replaceAll(/[^\x20-\x7e]/g, ' ')}`, 'x-request-id': 'forged' },
        });
      }
      const lines = system.logs().split('\n').filter(Boolean);
      const strange = lines.find((line) => !isJson(line));
      trial.require(strange === undefined, `every line is JSON: ${strange?.slice(0, 200)}`);
      trial.require(!lines.some((line) => /[\p{Cc}\p{Bidi_Control}]/u.test(line)), 'no escape, no direction mark');
      trial.require(!lines.some((line) => /"message":"forged"/.test(line)), 'no line of theirs');
      trial.saw(`${lines.length} lines, each of them JSON, none forged`);
    },
  },
  {
    number: 73,
    tried: '100 writes at once, and the chain of the audit afterwards',
    proofs: [{ file: 'apps/storage-worker/src/audit/audit.medium.ts' }],
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => {
          const [body, headers] = [trial.lab.storageBody(), { 'idempotency-key': randomUUID() }];
          return rest.insist(() => rest.create(body, headers));
        }),
      );
      trial.require(
        answers.every(({ status }) => status === 201),
        `each is created: ${answers.find(({ status }) => status !== 201)?.text}`,
      );
      const output = await run(process.execPath, ['dist/tools/audit/main.js', 'verify'], {
        env: { ...process.env, ...system.secrets.workerEnvironment, DATABASE_URL: system.databaseUrl },
        timeoutMs: 60_000,
      });
      const line = output.split('\n').find((each) => each.startsWith(rest.organization));
      trial.require(line?.includes('100 entries') === true && line.endsWith('whole'), `100 entries and whole: ${line}`);
      trial.require(!output.includes('BROKEN'), `no chain of the whole run is broken: ${output.slice(0, 300)}`);
      trial.saw(line?.slice(38, 120) ?? '');
    },
  },
  {
    number: 108,
    tried: `${REST_INPUTS} random, hostile and oversized requests, derived from /openapi.json`,
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.rest(system, { platform: true });
      const { id } = await trial.makeStorage(rest);
      const before = await processesOf(trial);
      const { transcript } = trial.lab;
      tell(
        trial,
        await fuzzRest({ rest, transcript, random: new Random(FUZZ_SEED), count: REST_INPUTS, storageId: id }),
      );
      await rest.send('PATCH', '/storage-settings', {
        allow_org_byos: true,
        enabled_providers: ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio', 'sftp', 'ftp'],
      });
      await rest.send('PUT', '/platform/egress-allowances', { allowances: [] });
      trial.require(before === (await processesOf(trial)), 'every process is the same, and has not begun anew');
    },
  },
  {
    number: 109,
    tried: `${BROKER_INPUTS} random, hostile and oversized messages on every exchange, as a service and as the gateway`,
    async attempt(trial) {
      const system = await trial.lab.open();
      const rest = await trial.stranger(system);
      const { id } = await trial.makeStorage(rest);
      const before = await processesOf(trial);
      const random = new Random(FUZZ_SEED);
      tell(
        trial,
        await fuzzBroker({
          system,
          random,
          count: BROKER_INPUTS,
          organizationId: rest.organization,
          storageId: id,
        }),
      );
      trial.require(before === (await processesOf(trial)), 'every process is the same, and has not begun anew');
      const drained = await trial.lab.within(60, async () => {
        const depths = await system.broker.ctl('-q', 'list_queues', 'name', 'messages');
        return depths
          .split('\n')
          .filter((line) => /^storage-worker\.(rpc|gateway|probe|commands|backup)/.test(line))
          .every((line) => /\s0$/.test(line));
      });
      trial.require(drained, 'every queue is empty in the end');
      const [internal] = await trial.lab.rows<{ count: number }>(
        system,
        `SELECT count(*)::int AS count FROM storage_operations WHERE error->>'code' = 'request.internal'`,
      );
      trial.require(internal!.count === 0, `no operation has failed with request.internal: ${internal!.count}`);
    },
  },
  {
    number: 59,
    tried: 'secrets, stack traces, SQL and names of ours in any answer of this run; answers that may be stored',
    async attempt(trial) {
      const { answers, complaints, statuses } = trial.lab.transcript;
      trial.saw(
        `${answers} answers: ${[...statuses]
          .sort(([a], [b]) => a - b)
          .map(([status, count]) => `${status} ×${count}`)
          .join(', ')}`,
      );
      trial.violations.push(...complaints);
    },
  },
  {
    number: 14,
    tried: 'secrets of this run in the database: every table as text, and the raw data files',
    proofs: [{ file: CANARY, name: 'database' }],
    async attempt(trial) {
      for (const { system } of await trial.lab.all()) {
        const { rows, hits } = await scanTables(system.databaseUrl, trial.lab.canaries);
        trial.violations.push(...hits);
        trial.saw(`${rows} rows`);
      }
      const { files, hits } = await trial.lab.canaries.inDirectory(trial.lab.postgresDirectory);
      trial.violations.push(...hits);
      trial.saw(`${files} files, ${trial.lab.canaries.size} secrets`);
    },
  },
  {
    number: 67,
    tried: 'secrets of this run on the firehose and in the broker’s data',
    proofs: [{ file: CANARY, name: 'broker' }],
    async attempt(trial) {
      for (const { firehose, brokerDirectory } of await trial.lab.all()) {
        trial.violations.push(...firehose.hits);
        const { files, hits } = await trial.lab.canaries.inDirectory(brokerDirectory);
        trial.violations.push(...hits);
        trial.saw(`${firehose.messages} messages, ${files} files`);
        trial.require(firehose.messages > 0, 'the firehose was on');
      }
    },
  },
  {
    number: 71,
    tried: 'secrets of this run in the logs, in spans, in /metrics, in arguments and environment of the processes',
    proofs: [{ file: CANARY, name: 'in no log of any process' }],
    async attempt(trial) {
      const all = [trial.lab.canaries, trial.lab.platformSecrets, trial.lab.clearlySent];
      const { spans } = trial.lab.spans;
      const told = trial.lab.spans.raw();
      for (const canaries of all) trial.violations.push(...canaries.in(told).map((hit) => `a span: ${hit}`));
      trial.require(spans.length > 100, `spans have come: ${spans.length}`);
      trial.saw(`${spans.length} spans`);
      for (const { system } of await trial.lab.all()) {
        const logs = system.logs();
        for (const canaries of all) {
          trial.violations.push(...canaries.in(logs).map((hit) => `a log: ${hit}`));
        }
        for (const { process, url, name } of [...system.gateways, ...system.workers]) {
          trial.violations.push(...trial.lab.canaries.inProcess(await process.pid));
          const metrics = await (await fetch(`${url}/metrics`)).text();
          trial.violations.push(...trial.lab.canaries.in(metrics).map((hit) => `metrics of ${name}: ${hit}`));
        }
        trial.require(logs.length > 1000, `there are logs: ${logs.length} characters`);
        trial.saw(`${(logs.length / 1000).toFixed(0)} kB of logs`);
      }
    },
  },
  {
    number: 74,
    tried: 'secrets in the gateway’s heap, 60 s after the last request and after a collection',
    proofs: [{ file: CANARY, name: 'heap' }],
  },
  {
    number: 75,
    tried:
      'packages: sources and integrity of the lock file, install scripts, ranges, secrets in the repository, the SBOM',
    proofs: [{ file: 'tools/supply-chain/supply-chain.spec.ts' }],
    async attempt(trial) {
      await run('npm', ['run', '--silent', 'sbom'], { timeoutMs: 60_000 });
      const sbom = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')) as { components: unknown[] };
      trial.saw(`${sbom.components.length} packages in production`);
      trial.require(sbom.components.length > 20, 'the SBOM names the packages');
    },
  },
  {
    number: 76,
    tried: 'a route that does not say who may call it; input that nobody named; a process started by apps or libs',
    proofs: [
      { file: 'libs/permissions/src/permissions.module.spec.ts', name: 'ends the start, by name' },
      { file: 'tools/supply-chain/boundaries.medium.ts' },
    ],
  },
];

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
