import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { circumstances, writeSection } from '../faults/reliability-page.js';
import { startSystem, type System } from '../system/index.js';
import type { Bench } from './bench.js';
import { consoleInBrowser } from './console.js';
import { defaultStorage } from './default-storage.js';
import { dialerChecks } from './dialer-checks.js';
import { flood } from './flood.js';
import { idleMemory } from './idle-memory.js';
import { ingest } from './ingest.js';
import { listConfigs } from './list-configs.js';
import { outboxLag } from './outbox-lag.js';
import { roundTrips } from './round-trips.js';
import { vaultRecord } from './vault-record.js';

/** In this order: memory is measured before any load. */
const BENCHES: Bench[] = [
  idleMemory,
  defaultStorage,
  outboxLag,
  ingest,
  flood,
  listConfigs,
  vaultRecord,
  dialerChecks,
  roundTrips,
  consoleInBrowser,
];
const CONFIGS = 20;

/** Puts the figures into docs/reliability.md. */
const WRITE_REPORT = '--write-report';
/** Which the page is about. */
const REPORTED = [defaultStorage, outboxLag, ingest, flood].map(({ name }) => name);

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;

async function main(words: string[]): Promise<boolean> {
  const report = words.includes(WRITE_REPORT);
  const given = words.filter((word) => word !== WRITE_REPORT);
  const names = report && given.length === 0 ? REPORTED : given;
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no ${unknown.join(', ')}. npm run bench -- [${WRITE_REPORT}] [${BENCHES.map(({ name }) => name).join(' | ')}]`,
    );
    return false;
  }
  const began = new Date();
  const printed: string[] = [];
  const system = await startSystem();
  try {
    const organizationId = randomUUID();
    const token = await system.token({ [organizationId]: 'all' });
    await createConfigs(system, organizationId, token);
    for (const bench of BENCHES) {
      if (names.length > 0 && !names.includes(bench.name)) continue;
      const before = loadavg()[0]!;
      const lines = await bench.run({ system, organizationId, token });
      const load = `  load average ${before.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after`;
      printed.push([...lines, load].join('\n'));
      console.log(`${printed.at(-1)!}\n`);
    }
    if (report) {
      const command = `\`npm run bench -- ${names.join(' ')}\`, ${circumstances(began)}:`;
      writeSection('speed', `${command}\n\n\`\`\`text\n${printed.join('\n\n')}\n\`\`\``);
    }
    return true;
  } finally {
    await system.stop();
  }
}

/** Saving dials no S3 storage, so none has to run. */
async function createConfigs({ api }: System, organization: string, token: string): Promise<void> {
  for (let number = 1; number <= CONFIGS; number++) {
    const response = await fetch(`${api}/storage-configs?organization_id=${organization}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: `Storage ${number}`,
        provider: 'minio',
        bucket: 'backups',
        endpoint_url: 'http://127.0.0.1:9000',
        access_key: 'AKBENCHMARK000000000',
        secret_key: randomUUID(),
      }),
    });
    if (response.status !== 201) throw new Error(`Creating a config failed: ${await response.text()}`);
  }
}
