import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTIONS, DIAGNOSES, type Diagnosis } from '@stowage/providers';
import type { ServerName } from '../servers/index.js';
import { type Showing, showingsOf } from './shown-on.js';

const SOURCES = 'libs/providers/src';
const GUIDES = 'docs/providers';
/** Tests about words: they name codes and show none. */
const ABOUT_WORDS = /(catalogue|guides|reproduce)\.(spec|medium)\.ts$/;
/** Codes whose condition no test can produce, with the reason. */
const NOT_SHOWN: Partial<Record<string, string>> = {
  'object.too_many_parts': 'by no test: it takes 10 000 parts of 5 MiB',
};

const HEAD = `# What a storage test can tell

Generated from \`libs/providers/src/diagnosis/catalogue.ts\` by \`npm run docs:diagnoses\`; a unit test fails when it is stale.
Act on the code, never on the text. \`{name}\` is filled from the storage and from what was met; \`{name|words}\` falls back
to the words. "Again" says whether the same test may succeed later with nothing changed. "Shown on" names the real servers
on which the tests under \`libs/providers/src\` produce the condition, as those tests declare them; where none can be made
to, a fake that speaks the recorded symptom shows it. "Guide" leads to what the guides of the providers say of it.

| Code | What happened | What to do | Again | Shown on | Guide |
| --- | --- | --- | --- | --- | --- |
`;

/** What people know the servers of the tests as. */
const LABELS: Partial<Record<string, string>> = {
  sshd: 'OpenSSH',
  proftpd: 'ProFTPD',
  vsftpd: 'vsftpd',
  radosgw: 'radosgw',
  nginx: 'nginx',
  'network namespaces': 'the network of the kernel',
  sandbox: 'the S3 server of the sandbox',
} satisfies Partial<Record<ServerName | 'sandbox', string>>;

const FAKE = 'a fake that speaks the recorded symptom';
/** Causes that are found before a storage is asked, or have nothing to do with it. */
const OURSELVES = /^(target|config|operation)\./;

/** docs/diagnoses.md as it has to be. @throws Error naming a code that no test shows, or a server that has no label */
export function diagnosesPage(root: string): string {
  const showings = showingsOf(Object.keys(DIAGNOSES), join(root, SOURCES), ABOUT_WORDS);
  const guides = guidesUnder(join(root, GUIDES));
  const rows = Object.entries<Diagnosis>(DIAGNOSES).map(([code, diagnosis]) => {
    const cells = [
      `\`${code}\``,
      diagnosis.cause,
      fixesOf(diagnosis),
      diagnosis.retryable ? 'yes' : 'no',
      shownOn(code, showings.get(code) ?? []),
      guidesOf(code, diagnosis, guides),
    ];
    return `| ${cells.map(escaped).join(' | ')} |\n`;
  });
  return HEAD + rows.join('');
}

function shownOn(code: string, showings: Showing[]): string {
  const servers = new Set(showings.flatMap(({ servers }) => servers));
  const strange = [...servers].filter((name) => LABELS[name] === undefined);
  if (strange.length > 0)
    throw new Error(`The tests of ${code} declare a server without a label: ${strange.join(', ')}`);
  const labels = Object.keys(LABELS).filter((name) => servers.has(name));
  if (labels.length > 0) return labels.map((name) => LABELS[name]).join(', ');
  if (showings.length > 0) return OURSELVES.test(code) ? 'the platform itself' : FAKE;
  const reason = NOT_SHOWN[code];
  if (reason === undefined) throw new Error(`No test shows ${code}`);
  return reason;
}

interface Guide {
  label: string;
  file: string;
  text: string;
}

function guidesUnder(folder: string): Guide[] {
  return Object.values(DESCRIPTIONS).map(({ provider, label }) => {
    const file = `${provider.replace('_', '-')}.md`;
    return { label, file, text: readFileSync(join(folder, file), 'utf8') };
  });
}

function guidesOf(code: string, { guide }: Diagnosis, guides: Guide[]): string {
  if (guide === undefined) return '';
  return guides
    .filter(({ text }) => text.includes(`\`${code}\``))
    .map(({ label, file }) => `[${label}](providers/${file}#${guide})`)
    .join(', ');
}

function fixesOf({ fix, fixFor = {} }: Diagnosis): string {
  const special = Object.entries(fixFor).map(
    ([provider, words]) => `${DESCRIPTIONS[provider as keyof typeof fixFor].label}: ${words}`,
  );
  return [fix, ...special].join('<br>');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');
