import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { showingsOf } from './shown-on.js';

describe('where tests show a code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-showings-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const showings = (code: string, files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return showingsOf([code], folder, /left-out/).get(code);
  };

  it('is in what runs on servers, on those that are declared nearest by', () => {
    const text = `
      // 'a.comment'
      const helper = () => expect(code).toBe('a.helper');
      const alone = 'a.alone';
      describeOnServers(['sshd', 'nginx'], 'a test', () => {
        it('shows', () => expect(code).toBe('a.wide'));
        itAgrees(['nginx'], [['cell', () => target(), 'a.cell']]);
        helper();
      });
      describe('with a fake', () => it('shows', () => expect(code).toBe('a.fake')));`;
    const on = (code: string) => showings(code, { 'one.medium.ts': text })?.map(({ servers }) => servers);
    expect(on('a.wide')).toEqual([['sshd', 'nginx']]);
    expect(on('a.cell')).toEqual([['nginx']]);
    expect(on('a.helper')).toEqual([['sshd', 'nginx']]);
    expect(on('a.fake')).toEqual([[]]);
    expect(on('a.comment')).toEqual([]);
    expect(on('a.alone')).toEqual([]);
  });

  it('follows a suite in a folder of testing, and leaves out what is not to be read', () => {
    const suite = `export function describeAll() { it('shows', () => expect(code).toBe('b.suite')); }`;
    const text = `import { describeAll } from './testing/all.js';
      describeOnServers(['proftpd'], 'a test', () => describeAll());`;
    const files = { 'testing/all.ts': suite, 'two.medium.ts': text, 'left-out.medium.ts': text, 'three.ts': text };
    expect(showings('b.suite', files)).toEqual([{ file: 'two.medium.ts', servers: ['proftpd'] }]);
  });
});
