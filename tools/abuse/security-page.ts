import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { markdown, type Result } from './report.js';

const PAGE = 'docs/security.md';
const BEGIN = '<!-- figures: written by npm run abuse -- --write-report -->';
const END = '<!-- end of figures -->';
const LONGEST_SHOWN = 5;

/** Puts what a run of all cases has seen into the page. @throws Error when the page has lost its marks */
export function writeReport(results: Result[], seconds: number): void {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} must hold ${BEGIN} and ${END}`);
  const figures = [BEGIN, '', howItWent(results, seconds), '', markdown(results), '', ''].join('\n');
  writeFileSync(PAGE, page.slice(0, from) + figures + page.slice(to));
}

function howItWent(results: Result[], seconds: number): string {
  const violated = results.filter(({ violations }) => violations.length > 0).map((each) => each.case.number);
  const longest = results.toSorted((a, b) => b.seconds - a.seconds).slice(0, LONGEST_SHOWN);
  return [
    `\`npm run abuse\` on ${new Date().toISOString().slice(0, 10)}: ${results.length} cases in ${seconds.toFixed(0)} s on`,
    `${cpus().length} cores (load average ${loadavg()[0]!.toFixed(0)}), Node ${process.versions.node}.`,
    violated.length > 0 ? `Violated: ${violated.join(', ')}.` : 'None was violated.',
    `Longest: ${longest.map((each) => `${each.case.number} (${each.seconds.toFixed(0)} s)`).join(', ')}.`,
  ].join('\n');
}
