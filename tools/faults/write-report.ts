import { type Options, SHORT_SCALE } from './options.js';
import { circumstances, type Section, writeSection } from './reliability-page.js';
import { minutesAndSeconds, type Result, type Run } from './report.js';

/** The command that runs the same. */
export function commandOf({ scale, minutes, short, named, countsOnly }: Options, seeds: number[]): string {
  const form = short ? ['--short'] : [];
  const duration = minutes === null ? [] : [`--minutes ${minutes}`];
  const chances = seeds.length === 1 ? `--seed ${seeds[0]}` : `--seeds ${seeds.join(',')}`;
  const counts = scale === (short ? SHORT_SCALE : 1) ? [] : [`--scale ${scale}`];
  const clock = countsOnly ? ['--counts-only'] : [];
  return ['npm run faults --', ...form, ...duration, chances, ...counts, ...clock, ...named].join(' ');
}

/** Puts the figures of these runs in the place of those before. @throws Error where the page has lost its marks */
export function writeReport(options: Options, runs: Run[]): void {
  const section: Section = options.minutes !== null ? 'soak' : options.short ? 'short' : 'full';
  writeSection(section, reportOf(options, runs));
}

function reportOf(options: Options, runs: Run[]): string {
  const seeds = runs.map(({ seed }) => seed);
  const complaints = runs.flatMap((run) => run.complaints.map((line) => `- seed ${run.seed}: ${line}`));
  const green = runs.filter((run) => run.complaints.length === 0).length;
  return [
    `\`${commandOf(options, seeds)}\`, ${circumstances(runs[0]!.began)}: ${green} of ${runs.length} green.`,
    ...(complaints.length > 0 ? [complaints.join('\n')] : []),
    runs.map(lineOf).join('\n'),
    tableOf(runs),
  ].join('\n\n');
}

function lineOf({ seed, results, complaints, seconds, load, soak }: Run): string {
  const outcome = complaints.length === 0 ? 'green' : '**not green**';
  const figures = soak.length > 0 ? `; ${soak.join('; ')}` : '';
  return (
    `- seed ${seed}: ${outcome}, ${results.length} faults in ${minutesAndSeconds(seconds)}, ` +
    `load average ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after${figures}`
  );
}

const HEAD = ['fault', 'attempted', 'confirmed', 'effects', 'dead', 'lost', 'double', 'phantom', 'took', 'figures'];

/** One row a fault: counts are sums over all runs, times and figures from the least to the most. */
function tableOf(runs: Run[]): string {
  const byName = new Map<string, Result[]>();
  for (const result of runs.flatMap(({ results }) => results)) {
    byName.set(result.name, [...(byName.get(result.name) ?? []), result]);
  }
  const rows = [HEAD, HEAD.map(() => '---'), ...[...byName.values()].map(rowOf)];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function rowOf(results: Result[]): string[] {
  const { name, title } = results[0]!;
  const tallies = results.map(({ tally }) => tally);
  const sum = (count: (tally: NonNullable<Result['tally']>) => number): string =>
    tallies.some((tally) => tally === null) ? '?' : String(tallies.reduce((total, tally) => total + count(tally!), 0));
  const violated = results.filter(({ violations }) => violations.length > 0).length;
  return [
    `\`${name}\`: ${title}`,
    sum(({ attempted }) => attempted),
    sum(({ confirmed }) => confirmed),
    sum(({ effects }) => effects),
    sum(({ deadLettered }) => deadLettered),
    sum(({ lost }) => lost.length),
    sum(({ double }) => double.length),
    sum(({ phantom }) => phantom.length),
    `${merged(results.map(({ seconds }) => seconds.toFixed(0)))} s`,
    [...(violated > 0 ? [`**violated ${violated} times**`] : []), ...mergedFigures(results)].join('; '),
  ];
}

const NUMBER = /\d+(\.\d+)?/g;

/** Sentences that differ in their numbers alone become one, with the least and the most of each. */
export function mergedFigures(results: Pick<Result, 'figures'>[]): string[] {
  const bySentence = new Map<string, string[][]>();
  for (const { figures } of results) {
    // Of what a fault says several times with other numbers, the repetition makes one range.
    for (const figure of figures) {
      const sentence = figure.replaceAll(NUMBER, '#');
      bySentence.set(sentence, [...(bySentence.get(sentence) ?? []), figure.match(NUMBER) ?? []]);
    }
  }
  return [...bySentence].map(([sentence, numbers]) => {
    let position = 0;
    return sentence.replaceAll('#', () => {
      const place = position++;
      return merged(numbers.map((each) => each[place]!));
    });
  });
}

function merged(numbers: string[]): string {
  const sorted = numbers.toSorted((a, b) => Number(a) - Number(b));
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return Number(least) === Number(most) ? least : `${least}–${most}`;
}
