import type { System } from '../system/index.js';

/** What the benchmarks share: a running system, and an organization with some storages. */
export interface BenchContext {
  system: System;
  organizationId: string;
  token: string;
}

export interface Bench {
  /** `npm run bench -- <name>` */
  name: string;
  /** @returns the lines to print: figure, floor or peer of the same run, ratio */
  run(context: BenchContext): Promise<string[]>;
}
