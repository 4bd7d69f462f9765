import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageConfig } from '@stowage/contracts';
import { startSystem, type System } from '../system/index.js';
import { benchDefaultStorage } from './default-storage.js';
import { idleMemory } from './idle-memory.js';
import { benchListConfigs } from './list-configs.js';

const CONFIGS = 20;
const SETTLE_MS = 5_000;

const system = await startSystem();
try {
  await sleep(SETTLE_MS);
  print(await idleMemory(system));
  const organization = randomUUID();
  const token = await system.token({ [organization]: 'all' });
  await createConfigs(system, organization, token);
  print(await benchDefaultStorage(system, organization));
  print(await benchListConfigs(system, organization, token));
} finally {
  await system.stop();
}

function print(lines: string[]): void {
  console.log(`${lines.join('\n')}\n`);
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
    (await response.json()) as StorageConfig;
  }
}
