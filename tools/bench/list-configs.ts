import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { System } from '../system/index.js';
import { contest, line } from './measure.js';

/** GET /storage-configs of an organization against a bare Fastify handler with the same query. */
export async function benchListConfigs(system: System, organizationId: string, token: string): Promise<string[]> {
  const bare = spawn(
    process.execPath,
    [new URL('bare-list.js', import.meta.url).pathname, system.databaseUrl, organizationId],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [address] = (await once(bare.stdout, 'data')) as [Buffer];
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const fetchAll = (url: string, headers: Record<string, string>) => () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.resume().once('end', resolve);
      }).once('error', reject);
    });
  const ours = fetchAll(`${system.api}/storage-configs?organization_id=${organizationId}`, {
    authorization: `Bearer ${token}`,
  });
  const floor = fetchAll(address.toString().trim(), {});
  try {
    const lines = ['GET /storage-configs against a bare Fastify handler with the same query (ours / floor)'];
    for (const concurrency of [1, 10]) {
      const result = await contest({ rounds: 4, calls: 400, concurrency }, ours, floor);
      lines.push(line(`  ${concurrency} callers`, result));
    }
    return lines;
  } finally {
    agent.destroy();
    bare.kill();
  }
}
