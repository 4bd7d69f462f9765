import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loggedWords } from './logged-errors.js';

describe('what is logged of an error', () => {
  it.each([
    'logger.warn(`It is late: ${String(error)}`);',
    'this.logger.error(`It failed: ${(error as Error).message}`);',
    'this.logger.debug(\n  `It failed: ${error instanceof Error ? error.stack : ""}`,\n);',
    'work().catch((error) => logger?.warn(`It failed: ${error}`));',
  ])('is found to be its own words in %j', (source) => {
    expect(loggedWords(source)).toHaveLength(1);
  });

  it.each([
    'logger.warn(`It failed: ${placeOf(error)}`);',
    'logger.log("a"); throw new Error(error.message);',
    'logger.warn(`It failed: ${reasonOf(error)}`, "Broker");\nconst text = String(error);',
  ])('is found to be none in %j', (source) => {
    expect(loggedWords(source)).toEqual([]);
  });

  it('is never its own words in apps and libs', () => {
    const files = ['apps', 'libs']
      .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => join(root, path)))
      .filter((path) => path.endsWith('.ts') && !/\.(spec|medium)\.ts$/.test(path));
    expect(files.length).toBeGreaterThan(300);
    const found = files.flatMap((file) => loggedWords(readFileSync(file, 'utf8')).map((call) => `${file}: ${call}`));
    expect(found).toEqual([]);
  });
});
