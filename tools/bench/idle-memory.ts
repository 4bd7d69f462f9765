import type { System } from '../system/index.js';

/** Resident memory of each process, as it says itself at /metrics. */
export async function idleMemory(system: System): Promise<string[]> {
  const lines = await Promise.all(
    [...system.gateways, ...system.workers].map(async ({ name, url }) => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
      return `  ${name.padEnd(20)} ${(bytes / 1024 / 1024).toFixed(0)} MiB`;
    }),
  );
  return ['Resident memory of each process, idle, before any load', ...lines];
}
