import type { Fault } from './fault.js';
import { FAULTS } from './faults/index.js';
import { Laboratory } from './laboratory.js';
import { type Options, readOptions, USAGE } from './options.js';
import { Random } from './random.js';
import { complaints, type Result, table } from './report.js';
import { runFault } from './run-fault.js';

process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), FAULTS);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return false;
  }
  const { seed, scale, faults } = options;
  console.log(`${faults.length} faults, --seed ${seed} --scale ${scale}. Starting the system …`);
  const lab = await Laboratory.start();
  try {
    const results = await runAll(lab, options);
    console.log(`\n${table(results)}\n`);
    const wrong = results.flatMap(complaints);
    console.log(wrong.length > 0 ? wrong.join('\n') : 'Nothing lost, nothing double, no phantom.');
    console.log(
      `Again with: npm run faults -- --seed ${seed} --scale ${scale} ${faults.map(({ name }) => name).join(' ')}`,
    );
    return wrong.length === 0;
  } finally {
    await lab.stop();
  }
}

async function runAll(lab: Laboratory, { faults, seed, scale, minutes }: Options): Promise<Result[]> {
  const random = new Random(seed);
  const results: Result[] = [];
  for (const fault of sequence(faults, random, minutes)) {
    console.log(`\n${fault.name}: ${fault.title}`);
    // Chances of its own, so that a fault that is run alone with the same seed meets the same; a repetition meets others.
    const repetition = results.filter(({ name }) => name === fault.name).length;
    const chances = new Random(seed ^ hashOf(`${fault.name} ${repetition}`));
    const result = await runFault(lab, fault, chances, scale);
    results.push(result);
    for (const line of complaints(result)) console.log(`  ${line}`);
    console.log(`  ${result.seconds.toFixed(0)} s; ${result.figures.join('; ')}`);
  }
  return results;
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
