import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTIONS, DIAGNOSES, type Diagnosis } from '@stowage/providers';

const SOURCES = 'libs/providers/src';
/** Tests about words: they name codes and show none. */
const ABOUT_WORDS = /(catalogue|guides)\.spec\.ts$/;
/** Codes whose condition no test can produce, with the reason. */
const NOT_SHOWN: Partial<Record<string, string>> = {
  'object.too_many_parts': 'by no test: it takes 10 000 parts of 5 MiB',
};

const HEAD = `# What a storage test can tell

Generated from \`libs/providers/src/diagnosis/catalogue.ts\` by \`npm run docs:diagnoses\`; a unit test fails when it is stale.
Act on the code, never on the text. \`{name}\` is filled from the storage and from what was met; \`{name|words}\` falls back
to the words. "Again" says whether the same test may succeed later with nothing changed. "Shown on" says where the tests
produce the condition: on a real server (\`*.medium.ts\`), else on a fake that speaks the recorded symptom (\`*.spec.ts\`),
with the folders of those tests under \`libs/providers/src\`.

| Code | What happened | What to do | Again | Shown on |
| --- | --- | --- | --- | --- |
`;

/** docs/diagnoses.md as it has to be. @throws Error naming a code that no test shows */
export function diagnosesPage(root: string): string {
  const tests = testsUnder(join(root, SOURCES));
  const rows = Object.entries<Diagnosis>(DIAGNOSES).map(([code, diagnosis]) => {
    const cells = [
      `\`${code}\``,
      diagnosis.cause,
      fixesOf(diagnosis),
      diagnosis.retryable ? 'yes' : 'no',
      shownOn(code, tests),
    ];
    return `| ${cells.map(escaped).join(' | ')} |\n`;
  });
  return HEAD + rows.join('');
}

interface TestFile {
  /** The folder, or what the test is about where it stands in none. */
  area: string;
  isReal: boolean;
  text: string;
}

function testsUnder(folder: string): TestFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(spec|medium)\.ts$/.test(path) && !ABOUT_WORDS.test(path))
    .sort()
    .map((path) => ({
      area: /^[^./\\]+/.exec(path)?.[0] ?? path,
      isReal: path.endsWith('.medium.ts'),
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}

function shownOn(code: string, tests: TestFile[]): string {
  const showing = tests.filter(({ text }) => text.includes(`'${code}'`));
  const real = showing.filter(({ isReal }) => isReal);
  const [where, files] = real.length > 0 ? ['server', real] : ['fake', showing];
  const areas = new Set(files.map(({ area }) => area));
  if (areas.size > 0) return `${where}: ${[...areas].join(', ')}`;
  const reason = NOT_SHOWN[code];
  if (reason === undefined) throw new Error(`No test shows ${code}`);
  return reason;
}

function fixesOf({ fix, fixFor = {} }: Diagnosis): string {
  const special = Object.entries(fixFor).map(
    ([provider, words]) => `${DESCRIPTIONS[provider as keyof typeof fixFor].label}: ${words}`,
  );
  return [fix, ...special].join('<br>');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
