import type { Tally } from './audit.js';

export interface Result {
  name: string;
  title: string;
  seconds: number;
  tally: Tally | null;
  figures: string[];
  /** Empty = passed. */
  violations: string[];
}

/** Each fault once, or a soak, with one seed. */
export interface Run {
  seed: number;
  began: Date;
  results: Result[];
  /** Empty = green. */
  complaints: string[];
  /** Figures of a soak. */
  soak: string[];
  /** From the start of the system until it has stopped. */
  seconds: number;
  /** Average of a minute. */
  load: { before: number; after: number };
}

const SHOWN = 5;
const COLUMNS = ['fault', 'attempted', 'confirmed', 'effects', 'dead', 'lost', 'double', 'phantom', 'took', 'figures'];

export function table(results: Result[]): string {
  const rows = [COLUMNS, COLUMNS.map((title) => '-'.repeat(title.length)), ...results.map(cells)];
  const widths = COLUMNS.map((_title, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`).join('\n');
}

/** What went wrong, the first few of each kind. */
export function complaints({ name, tally, violations }: Result): string[] {
  const kinds = [
    { kind: 'lost', sentences: tally?.lost ?? [] },
    { kind: 'double', sentences: tally?.double ?? [] },
    { kind: 'phantom', sentences: tally?.phantom ?? [] },
    { kind: 'violated', sentences: violations },
  ];
  return kinds.flatMap(({ kind, sentences }) => [
    ...sentences.slice(0, SHOWN).map((sentence) => `${name}: ${kind}: ${sentence}`),
    ...(sentences.length > SHOWN ? [`${name}: ${kind}: … ${sentences.length - SHOWN} more`] : []),
  ]);
}

export function minutesAndSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function cells({ name, seconds, tally, figures, violations }: Result): string[] {
  const failed = violations.length > 0 ? ['VIOLATED'] : [];
  const counts = tally
    ? [tally.attempted, tally.confirmed, tally.effects, tally.deadLettered, tally.lost.length].concat(
        tally.double.length,
        tally.phantom.length,
      )
    : Array.from({ length: 7 }, () => '?');
  return [name, ...counts.map(String), `${seconds.toFixed(0)} s`, [...failed, ...figures].join('; ')];
}
