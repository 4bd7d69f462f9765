import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Fault } from './fault.js';

export interface Options {
  /** In the order in which they run. */
  faults: Fault[];
  seed: number;
  /** 1 = the counts of the full form. */
  scale: number;
  /** Goes on, fault after fault in random order, for so long; null = each once. */
  minutes: number | null;
}

export const USAGE = `npm run faults -- [--short | --minutes <n>] [--seed <n>] [--scale <0.01–10>] [<fault> …]`;

const SHORT_SCALE = 0.2;

/** @throws Error that says which argument is bad */
export function readOptions(args: string[], all: readonly Fault[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      scale: { type: 'string' },
    },
  });
  const unknown = positionals.find((name) => !all.some((fault) => fault.name === name));
  if (unknown) throw new Error(`There is no fault ${unknown}; there are ${all.map(({ name }) => name).join(', ')}`);
  const chosen = all.filter(({ name, short }) =>
    positionals.length > 0 ? positionals.includes(name) : short || !values.short,
  );
  return {
    faults: chosen,
    seed: numberOf('seed', values.seed, 0, 2 ** 31) ?? randomInt(2 ** 31),
    scale: numberOf('scale', values.scale, 0.01, 10) ?? (values.short ? SHORT_SCALE : 1),
    minutes: numberOf('minutes', values.minutes, 1, 24 * 60),
  };
}

function numberOf(name: string, raw: string | undefined, least: number, most: number): number | null {
  if (raw === undefined) return null;
  const value = Number(raw);
  if (raw === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name} must be a number from ${least} to ${most}`);
  }
  return value;
}
