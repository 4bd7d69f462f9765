import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { leadsSomewhere, pagesUnder, relativeLinksIn } from './pages.js';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = pagesUnder(ROOT).map((page) => relative(ROOT, page));

describe('the pages of the documentation', () => {
  it('are all looked at', () => {
    expect(PAGES).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/runbook.md',
        'docs/providers/sftp.md',
        'examples/backup-service/README.md',
      ]),
    );
    expect(relativeLinksIn(readFileSync(join(ROOT, 'README.md'), 'utf8')).length).toBeGreaterThan(10);
  });

  it.each(PAGES)('%s leads only to files and headings that exist', (name) => {
    const page = join(ROOT, name);
    const broken = relativeLinksIn(readFileSync(page, 'utf8')).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });
});

describe('a link', () => {
  const page = join(ROOT, 'README.md');

  it.each([
    ['docs/runbook.md', true],
    ['docs/providers', true],
    ['docs/providers/sftp.md#host-key', true],
    ['docs/no-such-page.md', false],
    ['docs/providers/sftp.md#no-such-heading', false],
    ['#no-such-heading', false],
  ])('to %s leads somewhere: %s', (link, expected) => {
    expect(leadsSomewhere(page, link)).toBe(expected);
  });

  it('is one in prose, to this repository', () => {
    const text =
      'See [a](b.md#c), ![d](e/f.png), `[no](code.md)`, [g](https://example.com/).\n\n```md\n[no](fence.md)\n```\n';
    expect(relativeLinksIn(text)).toEqual(['b.md#c', 'e/f.png']);
  });
});
