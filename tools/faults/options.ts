import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Fault } from './fault.js';

export interface Options {
  /** In the order in which they run. */
  faults: Fault[];
  /** One run each. */
  seeds: number[];
  short: boolean;
  /** As named on the command line; empty = all of the form. */
  named: string[];
  /** 1 = the counts of the full form. */
  scale: number;
  /** Goes on, fault after fault in random order, for so long; null = each once. */
  minutes: number | null;
  /** Timing criteria decide nothing: for machines that are shared, and for `npm test`. */
  countsOnly: boolean;
  /** Puts the figures into docs/reliability.md. */
  writeReport: boolean;
}

export const USAGE = `npm run faults -- [--short | --minutes <n>] [--seed <n> | --seeds <n>,<n>… | --runs <n>] [--scale <0.01–10>] [--counts-only] [--write-report] [<fault> …]`;

export const SHORT_SCALE = 0.2;
const SEEDS = 2 ** 31;
const MOST_RUNS = 100;

/** @throws Error that says which argument is bad */
export function readOptions(args: string[], all: readonly Fault[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      runs: { type: 'string' },
      scale: { type: 'string' },
      'counts-only': { type: 'boolean', default: false },
      'write-report': { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !all.some((fault) => fault.name === name));
  if (unknown) throw new Error(`There is no fault ${unknown}; there are ${all.map(({ name }) => name).join(', ')}`);
  const chosen = all.filter(({ name, short }) =>
    positionals.length > 0 ? positionals.includes(name) : short || !values.short,
  );
  const minutes = numberOf('minutes', values.minutes, 1, 24 * 60);
  if (minutes !== null && values.short) throw new Error('--short and --minutes exclude each other');
  const scale = numberOf('scale', values.scale, 0.01, 10);
  if (values['write-report'] && (positionals.length > 0 || scale !== null || values['counts-only'])) {
    throw new Error('--write-report is for a whole form, at its own counts and with its times');
  }
  return {
    faults: chosen,
    short: values.short,
    named: positionals,
    seeds: seedsOf(values),
    scale: scale ?? (values.short ? SHORT_SCALE : 1),
    minutes,
    countsOnly: values['counts-only'],
    writeReport: values['write-report'],
  };
}

function seedsOf({ seed, seeds, runs }: { seed?: string; seeds?: string; runs?: string }): number[] {
  if ([seed, seeds, runs].filter((given) => given !== undefined).length > 1) {
    throw new Error('--seed, --seeds and --runs exclude each other');
  }
  const count = numberOf('runs', runs, 1, MOST_RUNS) ?? 1;
  const given = seeds?.split(',') ?? (seed === undefined ? [] : [seed]);
  if (given.length > 0) return given.map((each) => numberOf('seed', each, 0, SEEDS)!);
  return Array.from({ length: count }, () => randomInt(SEEDS));
}

function numberOf(name: string, raw: string | undefined, least: number, most: number): number | null {
  if (raw === undefined) return null;
  const value = Number(raw);
  if (raw === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name} must be a number from ${least} to ${most}`);
  }
  return value;
}
