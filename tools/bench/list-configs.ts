import { Agent, get } from 'node:http';
import { startBare } from './bare-process.js';
import type { Bench } from './bench.js';
import { contest, line } from './measure.js';

/** GET /storage-configs of an organization against a bare Fastify handler with the same query. */
export const listConfigs: Bench = {
  name: 'list-configs',
  async run({ system, organizationId, token }) {
    const { line: address, stop } = await startBare('bare-list.js', system.databaseUrl, organizationId);
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
    const floor = fetchAll(address, {});
    try {
      const lines = ['GET /storage-configs against a bare Fastify handler with the same query (ours / floor)'];
      for (const concurrency of [1, 10]) {
        const result = await contest({ rounds: 4, calls: 400, concurrency }, ours, floor);
        lines.push(line(`  ${concurrency} callers`, result));
      }
      return lines;
    } finally {
      agent.destroy();
      stop();
    }
  },
};
