import { Experiment } from './experiment.js';
import type { Fault } from './fault.js';
import type { Laboratory } from './laboratory.js';
import type { Options } from './options.js';
import type { Random } from './random.js';
import type { Result } from './report.js';

/** One fault from load to account; what it throws is a violation. Leaves a healthy system, or throws. */
export async function runFault(
  lab: Laboratory,
  fault: Fault,
  random: Random,
  { scale, countsOnly }: Pick<Options, 'scale' | 'countsOnly'>,
): Promise<Result> {
  const began = Date.now();
  const experiment = new Experiment(lab, random, scale, countsOnly);
  const { violations, figures } = experiment;
  let tally: Result['tally'] = null;
  try {
    await fault.provoke(experiment);
    await lab.heal();
    tally = await experiment.tally();
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
  }
  await lab.heal();
  await experiment.close();
  return { name: fault.name, title: fault.title, seconds: (Date.now() - began) / 1000, tally, figures, violations };
}
