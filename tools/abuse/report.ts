import type { AbuseCase } from './abuse-case.js';

export interface Result {
  case: AbuseCase;
  seconds: number;
  seen: string[];
  /** Empty = passed. */
  violations: string[];
}

const SHOWN = 6;

/** What is printed when a case has run. */
export function lines({ case: { number, tried }, seconds, seen, violations }: Result): string {
  const verdict = violations.length > 0 ? 'VIOLATED' : 'passed';
  const more = violations.length - SHOWN;
  return [
    `${verdict.padEnd(8)} ${String(number).padStart(3)} ${tried} (${seconds.toFixed(1)} s)`,
    ...(seen.length > 0 ? [`             ${seen.join('; ')}`] : []),
    ...violations.slice(0, SHOWN).map((violation) => `         not: ${violation.slice(0, 400)}`),
    ...(more > 0 ? [`         … ${more} more`] : []),
  ].join('\n');
}

/** The table of docs/security.md. */
export function markdown(results: Result[]): string {
  const rows = results.map(({ case: { number, tried }, seen, violations }) =>
    [
      number,
      tried,
      seen.join('; '),
      violations.length > 0 ? `**violated**: ${violations[0]!.slice(0, 160)}` : 'passed',
    ].map(cell),
  );
  const head = ['#', 'tried', 'seen', 'verdict'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Markdown takes a bar for the end of the cell, and what was tried is often no text for a page. */
function cell(text: string | number): string {
  return String(text)
    .replaceAll('|', '\\|')
    .replaceAll(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'))
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}
