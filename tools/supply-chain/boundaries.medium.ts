import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { run } from '../servers/run.js';

describe('the boundaries', () => {
  let directory: string;

  beforeEach(() => {
    directory = makePrivateDirectory('boundaries');
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(file, join(directory, file));
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  });
  afterEach(() => removePrivateDirectory(directory));

  const check = (path: string, source: string): Promise<string> => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), source);
    const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', path.split('/')[0]!];
    return run(process.execPath, args, { cwd: directory, timeoutMs: 60_000 }).catch((error: Error) => error.message);
  };

  it.each([
    ['apps/gateway/src/evil.ts', `import { exec } from 'node:child_process';\nexport const run = exec;\n`],
    ['libs/providers/src/evil.ts', `export const run = async () => (await import('child_process')).exec('id');\n`],
    ['apps/storage-worker/src/evil.ts', `import cluster from 'node:cluster';\nexport { cluster };\n`],
  ])('do not let %s start a process', async (path, source) => {
    expect(violations(await check(path, source))).toContain('apps-and-libs-start-no-process');
  });

  it('have nothing against a file that starts none', async () => {
    expect(violations(await check('apps/gateway/src/good.ts', `export const one = 1;\n`))).toEqual([]);
  });
});

function violations(output: string): string[] {
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string } }[] } };
  return summary.violations.map(({ rule }) => rule.name);
}
