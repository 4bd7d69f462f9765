import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CONSOLE = join(process.cwd(), 'dist', 'apps', 'console');
const BUDGET_BYTES = 150_000;

describe('the first load of the console', () => {
  const html = readFileSync(join(CONSOLE, 'index.html'), 'utf8');

  it('takes less than 150 kB of script, gzipped', () => {
    const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
    expect(scripts).not.toEqual([]);
    const sizes = scripts.map((path) => gzipSync(readFileSync(join(CONSOLE, path))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES);
  });

  it('has no inline code and asks nobody else', () => {
    expect(html).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/);
    expect(html).not.toMatch(/https?:\/\//);
  });
});
