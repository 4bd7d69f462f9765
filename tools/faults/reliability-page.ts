import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const PAGE = 'docs/reliability.md';

/** What tools write between marks of this page; each leaves the figures of the others as they are. */
export type Section = 'full' | 'short' | 'soak' | 'speed';

/** @throws Error where the page has lost its marks */
export function writeSection(section: Section, text: string): void {
  writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), section, text));
}

export function withSection(page: string, section: Section, text: string): string {
  const marks = { begin: `<!-- begin: ${section} -->`, end: `<!-- end: ${section} -->` };
  const [begin, end] = [page.indexOf(marks.begin), page.indexOf(marks.end)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has lost the marks between which the figures go: ${section}`);
  return `${page.slice(0, begin + marks.begin.length)}\n\n${text}\n\n${page.slice(end)}`;
}

/** When, of which code, on what machine. */
export function circumstances(began: Date): string {
  const time = began.toISOString().slice(0, 16).replace('T', ' ');
  return `${time} UTC, commit ${commit()}, ${cpus().length} cores, Node ${process.versions.node}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
