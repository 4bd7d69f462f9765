import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const project = (
  name: string,
  include: string[],
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({ extends: true, test: { name, include, ...test } });

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    globals: true,
    // In the order in which they are written, before and after alike.
    sequence: { hooks: 'list' },
    // Against hanging; generous, for busy machines.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // They change nothing outside themselves, so the modules are loaded once for all of them.
      project('unit', ['{apps,libs,tools}/**/*.spec.ts'], { isolate: false, maxWorkers: 3 }),
      project('medium', ['{apps,libs,tools}/**/*.medium.ts'], { sequence: { groupOrder: 1 }, fileParallelism: false }),
      project('e2e', ['test/**/*.e2e.ts'], { sequence: { groupOrder: 2 }, fileParallelism: false }),
    ],
  },
});
