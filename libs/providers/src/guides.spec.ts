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

/** Whose guides have a word about it, where that is not all who can meet it: to the others it does not happen. */
const EXPLAINED_FOR: Partial<Record<DiagnosisCode, readonly Provider[]>> = {
  'container.name_invalid': S3_KINDS,
  'credentials.access_key_unknown': S3_KINDS,
  'credentials.secret_wrong': S3_KINDS,
  'credentials.refused': S3_KINDS,
  'credentials.expired': S3_KINDS,
  'credentials.invalid_application_key': ['backblaze_b2'],
  // Cloudflare R2 has one region, in which every bucket lives.
  's3.region_mismatch': ['aws_s3', 'backblaze_b2', 'minio'],
  's3.redirected': ['aws_s3', 'backblaze_b2', 'minio'],
  // The others have no such field, no keys of the bucket's own, and no archive.
  's3.storage_class': ['aws_s3'],
  's3.encryption_required': ['aws_s3', 'minio'],
  's3.encryption_header': ['aws_s3', 'minio'],
  'object.archived': ['aws_s3', 'minio'],
  // The endpoints of vendors are made here, with https, and have no disk of the user's.
  'tls.required': ['minio', 'ftp'],
  'quota.storage_full': ['minio', 'sftp', 'ftp'],
};

interface Section {
  anchor: string;
  text: string;
}

interface Row {
  sentence: string;
  codes: DiagnosisCode[];
}

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

const sectionsOf = (guide: string): Section[] =>
  guide.split(/^#+ /m).map((text) => ({ anchor: anchorOf(text.slice(0, text.indexOf('\n'))), text }));

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

const anchorsOf = (guide: string): string[] => sectionsOf(guide).map(({ anchor }) => anchor);

const rowsOf = ({ text }: Section): Row[] =>
  [...text.matchAll(/\| We say\W+Code\W+Do\W+\|\n\|[- |]+\|\n((?:\|.*\|\n)+)/g)].flatMap(([, rows = '']) =>
    [...rows.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)].map(([, sentence = '', codes = '']) => ({
      sentence,
      codes: [...codes.matchAll(/`([^`]+)`/g)].map(([, code]) => code as DiagnosisCode),
    })),
  );

const providersOf = (code: DiagnosisCode): readonly Provider[] =>
  PROVIDERS_OF_CODE[code] ?? PROVIDERS_OF_AREA[code.split('.')[0]!] ?? PROVIDERS;

const explainedFor = (code: DiagnosisCode): readonly Provider[] => EXPLAINED_FOR[code] ?? providersOf(code);

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

  it('quotes the sentences that a test says, each with its codes', () => {
    const rows = sectionsOf(guide).flatMap(rowsOf);
    expect(rows.length).toBeGreaterThan(10);
    for (const { sentence, codes } of rows) {
      expect(codes).not.toEqual([]);
      for (const code of codes) {
        expect(explainedFor(code)).toContain(provider);
        expect([code, sentence]).toEqual([
          code,
          isSaidAs(DIAGNOSES[code].cause, sentence) ? sentence : 'said otherwise',
        ]);
      }
    }
  });

  it('has each code in the section that it leads to, and nowhere twice', () => {
    const named = sectionsOf(guide).flatMap((section) =>
      rowsOf(section).flatMap(({ codes }) => codes.map((code) => `${code} in ${section.anchor}`)),
    );
    const led = CODES.filter((code) => explainedFor(code).includes(provider)).flatMap((code) => {
      const { guide: anchor }: Diagnosis = DIAGNOSES[code];
      return anchor === undefined ? [] : [`${code} in ${anchor}`];
    });
    expect(named.toSorted()).toEqual(led.toSorted());
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

/** The words around the values stand for a sentence that has some; where many begin alike, the beginning stands for all. */
function isSaidAs(cause: string, sentence: string): boolean {
  const parts = cause.split(/\{[^}]+\}/);
  return parts.length === 1
    ? cause === sentence || cause.startsWith(`${sentence},`)
    : parts.every((part) => sentence.includes(part));
}
