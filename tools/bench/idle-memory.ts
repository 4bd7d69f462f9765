import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.js';

const SETTLE_MS = 5_000;

/** Resident memory of each process, as it says itself at /metrics. */
export const idleMemory: Bench = {
  name: 'idle-memory',
  async run({ system }) {
    await sleep(SETTLE_MS);
    const lines = await Promise.all(
      [...system.gateways, ...system.workers].map(async ({ name, url }) => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
        return `  ${name.padEnd(20)} ${(bytes / 1024 / 1024).toFixed(0)} MiB`;
      }),
    );
    return ['Resident memory of each process, idle, before any load', ...lines];
  },
};
