import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckName, CHECK_NAMES, type Provider, PROVIDERS, type StorageLocation } from '@stowage/contracts';
import * as fc from 'fast-check';
import { DIAGNOSES, type DiagnosisCode } from '../diagnosis/catalogue.js';
import { NO_FIELDS } from '../field-check.js';
import { resolveLocation, type StoredStorage } from '../resolve-location.js';
import { reproduce } from './reproduce.js';

const CODES = Object.keys(DIAGNOSES) as DiagnosisCode[];
const CREDENTIALS = {
  access_key: 'canary-of-the-account',
  secret_key: 'canary-of-the-secret',
  private_key: 'canary-of-the-key',
  passphrase: 'canary-of-the-passphrase',
};
const locationOf = (stored: Partial<StoredStorage> & Pick<StoredStorage, 'provider'>): StorageLocation =>
  resolveLocation({
    ...NO_FIELDS,
    organization_id: null,
    endpoint_url: ['minio', 'backblaze_b2'].includes(stored.provider) ? 'https://s3.example.com:9000' : null,
    host: ['sftp', 'ftp'].includes(stored.provider) ? 'files.example.com' : null,
    account_id: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
    region: 'us-east-1',
    bucket: 'backups',
    path_prefix: 'org/a/',
    ...stored,
  });
const commandFor = (location: StorageLocation, code: DiagnosisCode, step: CheckName) =>
  reproduce({ location, credentials: CREDENTIALS, code, step, largeBytes: 1000 });

const SIGNED_CURL = `printf 'user=%s:%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" | curl -K - -sS --fail-with-body --aws-sigv4 aws:amz:us-east-1:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'`;

/** Programs of these names that write down what they were called with, in place of the real ones. */
const PROGRAMS = ['curl', 'openssl', 'ssh', 'sftp', 'ssh-keyscan', 'ssh-keygen', 'head', 'tr', 'printf'];
const END_OF_CALL = '\n';

class Shell {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stowage-reproduce-'));
  readonly #calls = join(this.#folder, 'calls');

  constructor() {
    for (const program of PROGRAMS) {
      const file = join(this.#folder, program);
      writeFileSync(file, `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@" '${END_OF_CALL}' >>'${this.#calls}'\n`);
      chmodSync(file, 0o755);
    }
  }

  /** The words of each program that the line calls; sorted by program, as those of a pipe start in any order. */
  calls(line: string): string[][] {
    rmSync(this.#calls, { force: true });
    const known = {
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 's',
      STORAGE_USER: 'u',
      KEY_FILE: 'k',
      CA_FILE: 'c',
    };
    // printf is built into shells.
    execFileSync('/bin/sh', ['-c', line.replaceAll(/(^|&& )printf /g, '$1./printf ')], {
      cwd: this.#folder,
      env: { PATH: `${this.#folder}:/usr/bin:/bin`, ...known },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const calls = readFileSync(this.#calls, 'utf8').split(`\0${END_OF_CALL}\0`).slice(0, -1);
    return calls.map((call) => call.split('\0')).sort(([a = ''], [b = '']) => a.localeCompare(b));
  }

  files(): string[] {
    return readdirSync(this.#folder).filter((file) => !PROGRAMS.includes(file) && file !== 'calls');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

describe('a line that shows a failure by hand', () => {
  it.each(PROVIDERS)('holds no secret and no account of %s, whatever failed', (provider) => {
    for (const code of CODES) {
      for (const step of CHECK_NAMES) {
        expect(commandFor(locationOf({ provider }), code, step) ?? '').not.toContain('canary');
      }
    }
  });

  it.each<[Provider, DiagnosisCode, CheckName, string]>([
    ['minio', 'network.refused', 'connect', 'curl -v --max-time 20 https://s3.example.com:9000/'],
    [
      'minio',
      'tls.expired',
      'tls',
      'openssl s_client -connect s3.example.com:9000 -servername s3.example.com -verify_hostname s3.example.com -verify_return_error </dev/null',
    ],
    ['sftp', 'ssh.host_key.changed', 'connect', 'ssh-keyscan -p 22 -- files.example.com | ssh-keygen -lf -'],
    [
      'sftp',
      'ssh.key_rejected',
      'authenticate',
      'printf \'%s\\n\' pwd | sftp -P 22 -o IdentitiesOnly=yes -i "${KEY_FILE:?set it to the path of a file that holds private_key}" "${STORAGE_USER:?set it to access_key}"@files.example.com',
    ],
    [
      'ftp',
      'permission.write_denied',
      'write',
      'head -c 100 /dev/zero | curl -v --max-time 60 --ssl --user "${STORAGE_USER:?set it to access_key}" --ftp-create-dirs -T - ftp://files.example.com:21/backups/org/a/test-connection-by-hand.txt',
    ],
    [
      'aws_s3',
      'permission.write_denied',
      'write',
      `: "\${AWS_ACCESS_KEY_ID:?set it to access_key}" "\${AWS_SECRET_ACCESS_KEY:?set it to secret_key}" && head -c 100 /dev/zero | tr '\\0' x >test-connection-by-hand.txt && ${SIGNED_CURL} -i -H 'x-amz-checksum-crc32: Xg5djw==' -T test-connection-by-hand.txt https://backups.s3.us-east-1.amazonaws.com/org/a/test-connection-by-hand.txt`,
    ],
    [
      'minio',
      'container.not_found',
      'container',
      `: "\${AWS_ACCESS_KEY_ID:?set it to access_key}" "\${AWS_SECRET_ACCESS_KEY:?set it to secret_key}" && ${SIGNED_CURL} -i 'https://s3.example.com:9000/backups?list-type=2&max-keys=1&prefix=org%2Fa%2F'`,
    ],
  ])('of %s for %s in the step %s', (provider, code, step, line) => {
    expect(commandFor(locationOf({ provider }), code, step)).toBe(line);
  });

  it('is as large as the test where room is what was missing', () => {
    expect(commandFor(locationOf({ provider: 'minio' }), 'quota.exceeded', 'multipart')).toContain('head -c 1000 ');
    expect(commandFor(locationOf({ provider: 'sftp' }), 'quota.storage_full', 'write')).toContain('head -c 1000 ');
  });

  it('is the same for a name that does not exist and for one that leads where it must not', () => {
    // Both are told by nothing but their code and step, which are the same.
    const [first, second] = ['nowhere.example', 'inside.example'].map((host) =>
      commandFor(locationOf({ provider: 'sftp', host }), 'network.unreachable', 'resolve')?.replace(host, 'HOST'),
    );
    expect(first).toBe(second);
  });

  it.each<DiagnosisCode>(['target.forbidden', 'target.port_forbidden', 'operation.failed', 'config.account_id'])(
    'is not there for %s, for which nothing was asked of the storage',
    (code) => expect(commandFor(locationOf({ provider: 'minio' }), code, 'connect')).toBeNull(),
  );

  it.each(['host', 'bucket', 'path_prefix'] as const)('is not there where %s could begin another line', (field) => {
    expect(
      commandFor(locationOf({ provider: 'sftp', [field]: 'a\n!touch injected' }), 'ssh.no_sftp', 'write'),
    ).toBeNull();
  });

  it('gives the secret to no program but by its input', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stowage-reproduce-'));
    writeFileSync(join(folder, 'curl'), `#!/bin/sh\nprintf '%s\\n' "$@" >arguments; cat >input\n`, { mode: 0o755 });
    const line = commandFor(locationOf({ provider: 'minio' }), 'container.not_found', 'container') ?? '';
    const secret = String.raw`se"cr'et\n#$x`;
    const env = { PATH: `${folder}:/usr/bin:/bin`, AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: secret };
    execFileSync('/bin/sh', ['-c', line], { cwd: folder, env });
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).not.toContain('cr');
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe(`user=AK:${secret}\n`);
    rmSync(folder, { recursive: true });
  });

  it('stops, and says what is missing, where a variable is not set', () => {
    const line = commandFor(locationOf({ provider: 'aws_s3' }), 'permission.write_denied', 'write') ?? '';
    expect(() => execFileSync('/bin/sh', ['-c', line], { env: {}, stdio: 'pipe' })).toThrow('set it to access_key');
  });

  describe('means to a shell what it means to us, whoever wrote the fields', () => {
    let shell: Shell;
    beforeAll(() => (shell = new Shell()));
    afterAll(() => shell.remove());

    const TRICKS = [
      '$(touch injected)',
      '`touch injected`',
      "'; touch injected; '",
      '" && touch injected #',
      '-oX=y',
      '~',
      '*',
    ];
    const hostile = fc.oneof(
      fc.constantFrom(...TRICKS),
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...`'"\\$\`!;&|<>(){}[]*?#~ =%^é-`), minLength: 1, maxLength: 12 }),
    );
    const FIELDS = ['host', 'bucket', 'path_prefix', 'region'] as const;
    type Texts = Record<(typeof FIELDS)[number], string>;
    const PLAIN: Texts = { host: 'HOST', bucket: 'BUCKET', path_prefix: 'PREFIX/', region: 'REGION' };

    it.each<[Provider, DiagnosisCode, CheckName]>([
      ['minio', 'permission.list_denied', 'container'],
      ['minio', 'object.still_there', 'gone'],
      ['minio', 'quota.exceeded', 'multipart'],
      ['sftp', 'network.refused', 'connect'],
      ['sftp', 'ssh.host_key.unknown', 'connect'],
      ['sftp', 'object.still_there', 'gone'],
      ['ftp', 'tls.expired', 'tls'],
      ['ftp', 'object.still_there', 'gone'],
    ])('%s, %s in %s', (provider, code, step) => {
      const lineOf = (texts: Texts) => commandFor(locationOf({ provider, ...texts }), code, step) ?? '';
      const expected = shell.calls(lineOf(PLAIN));
      const property = fc.property(
        fc.record({ host: hostile, bucket: hostile, region: hostile, path: hostile }),
        (texts) => {
          const path = texts.path.replaceAll('/', '-').replace(/^\.+$/, 'dots');
          const bucket = texts.bucket.replaceAll('/', '-').replace(/^\.+$/, 'dots');
          const given = { ...texts, bucket, path_prefix: `${path}/` };
          const filled = (word: string) =>
            fillIn(word, { HOST: texts.host, BUCKET: bucket, PREFIX: path, REGION: texts.region });
          expect(shell.calls(lineOf(given))).toEqual(expected.map((words) => words.map(filled)));
        },
      );
      fc.assert(property, {
        numRuns: 12,
        examples: TRICKS.map((trick) => [{ host: trick, bucket: trick, region: trick, path: trick }]),
      });
      expect(shell.files()).not.toContain('injected');
    });
  });
});

/** The word with other texts in place of the plain ones, as the program that gets it wants them written. */
function fillIn(word: string, texts: Record<string, string>): string {
  const isUrlPath = /^(ftp|https):/.test(word);
  const isSftp = /^-?(cd|mkdir) /.test(word);
  return word.replaceAll(/HOST|BUCKET|PREFIX|REGION/g, (name) => {
    const text = texts[name] ?? '';
    if (isSftp) return text.replaceAll(/["\\]/g, String.raw`\$&`);
    if (!isUrlPath || name === 'HOST') return text;
    const encoded = encodeURIComponent(text);
    return word.startsWith('ftp')
      ? encoded
      : encoded.replaceAll(/[!'()*]/g, (sign) => `%${Buffer.from(sign).toString('hex').toUpperCase()}`);
  });
}
