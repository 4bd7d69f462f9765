import { loadavg } from 'node:os';
import { missing } from '../servers/index.js';
import type { Fault } from './fault.js';
import { FAULTS } from './faults/index.js';
import { Laboratory } from './laboratory.js';
import { type Options, readOptions, USAGE } from './options.js';
import { Random } from './random.js';
import { complaints, minutesAndSeconds, type Result, type Run, table } from './report.js';
import { runFault } from './run-fault.js';
import { Soak } from './soak.js';
import { commandOf, writeReport } from './write-report.js';

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), FAULTS);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return false;
  }
  const reason = missing('rabbitmq');
  if (reason !== null) {
    console.error(`Skipped: ${reason}`);
    return !process.env['CI'];
  }
  const runs: Run[] = [];
  for (const seed of options.seeds) runs.push(await runWith(seed, options));
  if (runs.length > 1) console.log(`\n${runs.map(verdictOf).join('\n')}`);
  if (options.writeReport) writeReport(options, runs);
  return runs.every(({ complaints }) => complaints.length === 0);
}

/** On a system of its own. */
async function runWith(seed: number, options: Options): Promise<Run> {
  const began = new Date();
  const before = loadavg()[0]!;
  console.log(`${options.faults.length} faults, --seed ${seed} --scale ${options.scale}. Starting the system …`);
  const results: Result[] = [];
  const wrong: string[] = [];
  let figures: string[] = [];
  try {
    const lab = await Laboratory.start();
    try {
      const soak = options.minutes === null ? null : new Soak(lab, options.minutes);
      await runAll(lab, options, seed, soak, results);
      if (soak) {
        figures = soak.figures();
        wrong.push(...soak.complaints());
      }
    } finally {
      await lab.stop();
    }
  } catch (error) {
    // What was found until then counts, and other runs may follow.
    wrong.push(`The run broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
  wrong.unshift(...results.flatMap(complaints));
  const run: Run = {
    seed,
    began,
    results,
    complaints: wrong,
    soak: figures,
    seconds: (Date.now() - began.getTime()) / 1000,
    load: { before, after: loadavg()[0]! },
  };
  console.log(`\n${table(results)}\n`);
  if (figures.length > 0) console.log(`Soak: ${figures.join('; ')}`);
  console.log(wrong.length > 0 ? wrong.join('\n') : 'Nothing lost, nothing double, no phantom.');
  console.log(`${verdictOf(run)}. Again with: ${commandOf(options, [seed])}\n`);
  return run;
}

function verdictOf({ seed, complaints: wrong, seconds, load }: Run): string {
  const loads = `load average ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`;
  return `Seed ${seed}: ${wrong.length === 0 ? 'green' : 'NOT GREEN'} in ${minutesAndSeconds(seconds)}, ${loads}`;
}

async function runAll(
  lab: Laboratory,
  options: Options,
  seed: number,
  soak: Soak | null,
  results: Result[],
): Promise<void> {
  const { faults, minutes } = options;
  const random = new Random(seed);
  await soak?.look();
  for (const fault of sequence(faults, random, minutes)) {
    console.log(`\n${fault.name}: ${fault.title}`);
    // Chances of its own, so that a fault that is run alone with the same seed meets the same; a repetition meets others.
    const repetition = results.filter(({ name }) => name === fault.name).length;
    const chances = new Random(seed ^ hashOf(`${fault.name} ${repetition}`));
    const result = await runFault(lab, fault, chances, options);
    results.push(result);
    await soak?.look();
    for (const line of complaints(result)) console.log(`  ${line}`);
    console.log(`  ${result.seconds.toFixed(0)} s; ${result.figures.join('; ')}`);
  }
}

/** Each once, or at random until the time is over. */
function* sequence(faults: Fault[], random: Random, minutes: number | null): Generator<Fault> {
  if (minutes === null) yield* faults;
  const end = Date.now() + (minutes ?? 0) * 60_000;
  while (Date.now() < end) yield random.pick(faults);
}

function hashOf(name: string): number {
  return [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7);
}
