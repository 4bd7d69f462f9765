import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Provider, PROVIDERS } from '@stowage/contracts';
import { DESCRIPTIONS } from './descriptions.js';
import { DIAGNOSES, type Diagnosis, type DiagnosisCode } from './diagnosis/catalogue.js';
import { policyFor } from './policy/policy-for.js';

const S3_KINDS: readonly Provider[] = ['aws_s3', 'cloudflare_r2', 'backblaze_b2', 'minio'];

/** Who can meet causes of these areas; those of all others anybody can. */
const PROVIDERS_OF_AREA: Record<string, readonly Provider[]> = {
  s3: S3_KINDS,
  tls: [...S3_KINDS, 'ftp'],
  ssh: ['sftp'],
  ftp: ['ftp'],
};
const PROVIDERS_OF_CODE: Partial<Record<DiagnosisCode, readonly Provider[]>> = {
  'object.archived': S3_KINDS,
  's3.jurisdiction_mismatch': ['cloudflare_r2'],
  'config.account_id': ['cloudflare_r2'],
};

const EXAMPLES: Record<Provider, object> = {
  aws_s3: { bucket: 'oecsh-backups', path_prefix: 'backups/' },
  cloudflare_r2: { bucket: 'oecsh-backups' },
  backblaze_b2: { bucket: 'oecsh-backups', path_prefix: 'backups/' },
  minio: { bucket: 'oecsh-backups', path_prefix: 'backups/' },
  sftp: { bucket: 'backups' },
  ftp: { bucket: 'backups' },
};

const guideOf = (provider: Provider): string =>
  readFileSync(join(process.cwd(), 'docs', 'providers', `${provider.replace('_', '-')}.md`), 'utf8');

/** As GitHub makes them of headings. */
const anchorsOf = (guide: string): string[] =>
  [...guide.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

const providersOf = (code: DiagnosisCode): readonly Provider[] =>
  PROVIDERS_OF_CODE[code] ?? PROVIDERS_OF_AREA[code.split('.')[0]!] ?? PROVIDERS;

const CODES = Object.keys(DIAGNOSES) as DiagnosisCode[];

describe.each(PROVIDERS)('the guide of %s', (provider) => {
  const guide = guideOf(provider);

  it('has the section of every cause that points to one', () => {
    const wanted = CODES.filter((code) => providersOf(code).includes(provider)).flatMap((code) => {
      const { guide: anchor }: Diagnosis = DIAGNOSES[code];
      return anchor === undefined ? [] : [anchor];
    });
    expect(wanted.length).toBeGreaterThan(10);
    expect(anchorsOf(guide)).toEqual(expect.arrayContaining([...new Set(wanted)]));
  });

  it('quotes the sentences that a test says, of causes that its storages can meet', () => {
    const quoted = [...guide.matchAll(/\| We say \| Do \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)/g)].flatMap(
      ([, rows = '']) => [...rows.matchAll(/^\| (.+?) \|/gm)].map(([, sentence]) => sentence),
    );
    expect(quoted.length).toBeGreaterThan(10);
    const sayable = CODES.filter((code) => providersOf(code).includes(provider)).map((code) => DIAGNOSES[code].cause);
    for (const sentence of quoted) expect(sayable.filter((cause) => isSaidAs(cause, sentence!))).not.toEqual([]);
  });

  it('says what goes into every field', () => {
    for (const { name } of DESCRIPTIONS[provider].fields) expect(guide).toContain(`\`${name}\``);
  });

  it('shows the very policy that is generated', () => {
    const documents = policyFor(provider, EXAMPLES[provider]).documents.filter(({ title }) => title !== 'Capabilities');
    for (const { content } of documents) expect(guide).toContain(`\n${content}\`\`\``);
  });

  it('leads nowhere that does not exist', () => {
    for (const [, anchor] of guide.matchAll(/\]\(#([^)]+)\)/g)) expect(anchorsOf(guide)).toContain(anchor);
  });
});

/** The first and last words of a sentence with values in it stand for the whole. */
function isSaidAs(cause: string, sentence: string): boolean {
  const parts = cause.split(/\{[^}]+\}/);
  return parts.length === 1 ? cause === sentence : parts.every((part) => sentence.includes(part));
}
