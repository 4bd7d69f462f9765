import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagnosesPage } from './diagnoses-page.js';

const ROOT = join(import.meta.dirname, '..', '..');

describe('docs/diagnoses.md', () => {
  it('is what `npm run docs:diagnoses` writes, with a test for each code', () => {
    expect(readFileSync(join(ROOT, 'docs/diagnoses.md'), 'utf8')).toBe(diagnosesPage(ROOT));
  });

  it('has one row for each code', () => {
    const rows = diagnosesPage(ROOT).match(/^\| `[a-z0-9_.]+` /gm) ?? [];
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThan(90);
  });
});
