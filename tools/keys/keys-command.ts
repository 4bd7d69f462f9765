import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readEnvironment, required } from '@stowage/contracts';
import { generateKeyring, LocalKeyring, readSecretFile, withoutKey } from '@stowage/encryption';
import { createDataSource, StorageConfigEntity } from '@stowage/entities';
import { type DataSource, IsNull } from 'typeorm';
import { AuditChain } from '../../apps/storage-worker/src/audit/audit-chain.js';
import { Keys } from '../../apps/storage-worker/src/keys/keys.js';
import { verifyAll, type WalkReport } from '../../apps/storage-worker/src/keys/reseal.js';
import { fromEscrow, newIdentity, toEscrow } from './escrow.js';
import { type KeyStatus, holders, keyStatus } from './key-status.js';
import { format, readKeyring, replaceKeyring, writeNewSecret } from './keyring-store.js';
import { rotate } from './rotate.js';

export const USAGE = `npm run keys -- status                        what each key is needed for, and when it may go
npm run keys -- rotate [--wait 60]             a new key, given to every worker, then all records sealed with it
npm run keys -- verify                         opens every record; what does not open goes into quarantine
npm run keys -- remove <kid>                   takes out a key that nothing needs any more
npm run keys -- create                        a first keyring, for a database without records
npm run keys -- identity --out <file>          makes the key pair of an escrow
npm run keys -- escrow --to <age1…> [--to …]   the keyring, encrypted to whoever keeps the escrow
npm run keys -- restore --from <file> --identity <file>

status and remove: --backup-days 30, how long backups of the database are kept`;

/** The message says what is wrong with the command line, and how to mend it. */
export class KeysCommandError extends Error {
  override readonly name = 'KeysCommandError';
}

type Environment = Record<string, string | undefined>;
type Say = (line: string) => void;

/**
 * Runs the command; `say` gets what is to be printed.
 * @returns whether all is well
 * @throws KeysCommandError, EnvironmentError, KeyringError, SecretFileError, KeyCheckError, RotationError
 */
export async function keysCommand(args: string[], environment: Environment, say: Say): Promise<boolean> {
  const { verb, kid, options } = parse(args);
  const path = keyringPath(environment);
  switch (verb) {
    case 'status':
      return onDatabase(environment, path, (database) => sayStatus(database, path, options.backupDays, say));
    case 'rotate':
      return onDatabase(environment, path, async (database) => {
        const report = await rotate(database, { keyringPath: path, waitS: options.waitS, say });
        say(`Sealed again: ${report.done}${quarantinedIn(report)}`);
        say('Keep a new escrow: npm run keys -- escrow --to <recipient>');
        return (await sayStatus(database, path, options.backupDays, say)) && report.quarantined === 0;
      });
    case 'verify':
      return onDatabase(environment, path, async (database) => {
        const report = await verifyAll(database, new LocalKeyring(readKeyring(path)));
        say(`Open: ${report.done}${quarantinedIn(report)}`);
        return report.quarantined === 0;
      });
    case 'remove':
      return onDatabase(environment, path, (database) => remove(database, path, kid, options.backupDays, say));
    case 'create':
      return connected(environment, (database) => create(database, path, say));
    case 'identity':
      return makeIdentity(requiredOption(options.out, '--out'), say);
    case 'escrow':
      if (options.to.length === 0) throw new KeysCommandError('Name who keeps it: --to age1…');
      say(await encrypted(path, options.to));
      return true;
    case 'restore':
      return restore(requiredOption(options.from, '--from'), requiredOption(options.identity, '--identity'), path, say);
    default:
      return verb satisfies never;
  }
}

const VERBS = ['status', 'rotate', 'verify', 'remove', 'create', 'identity', 'escrow', 'restore'] as const;

function parse(args: string[]) {
  const { positionals, values } = parseCommandLine(args);
  const [verb, kid, ...more] = positionals;
  const known = VERBS.find((candidate) => candidate === verb);
  if (known === undefined) throw new KeysCommandError(`Say what to do: ${VERBS.join(', ')}`);
  if ((known === 'remove') !== (kid !== undefined) || more.length > 0) {
    throw new KeysCommandError(known === 'remove' ? 'Name the one key to remove' : `${known} takes no ${kid}`);
  }
  const { to, out, from, identity } = values;
  const options = {
    to,
    out,
    from,
    identity,
    waitS: wholeNumber('--wait', values.wait),
    backupDays: wholeNumber('--backup-days', values['backup-days']),
  };
  return { verb: known, kid: kid ?? '', options };
}

function parseCommandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        wait: { type: 'string', default: '60' },
        'backup-days': { type: 'string', default: '30' },
        to: { type: 'string', multiple: true, default: [] as string[] },
        out: { type: 'string' },
        from: { type: 'string' },
        identity: { type: 'string' },
      },
    });
  } catch (error) {
    throw new KeysCommandError((error as Error).message);
  }
}

function wholeNumber(option: string, raw: string): number {
  if (!/^\d{1,5}$/.test(raw)) throw new KeysCommandError(`${option} must be a whole number up to 99999`);
  return Number(raw);
}

function requiredOption(value: string | undefined, option: string): string {
  if (value === undefined) throw new KeysCommandError(`${option} <file> is missing`);
  return value;
}

function keyringPath(environment: Environment): string {
  const variables = { ENCRYPTION_KEYRING_FILE: required("the workers' keyring, or the copy that is given to them") };
  return readEnvironment(variables, environment, read).ENCRYPTION_KEYRING_FILE;
}

async function onDatabase<T>(
  environment: Environment,
  path: string,
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const keyring = new LocalKeyring(readKeyring(path));
  return connected(environment, (dataSource) => {
    // What is written here is in the audit's chains like all else.
    void new AuditChain(new Keys(keyring, { keys: [] }), dataSource);
    return work(dataSource);
  });
}

async function connected<T>(environment: Environment, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = readEnvironment({ DATABASE_URL: required("the workers' database") }, environment, read);
  const options = {
    url,
    as: 'owner',
    applicationName: 'stowage-keys',
    poolSize: 4,
    statementTimeoutMs: 60_000,
  } as const;
  const dataSource = await createDataSource(options).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

const read = (path: string): string => readFileSync(path, 'utf8');

const quarantinedIn = ({ quarantined }: WalkReport): string =>
  quarantined === 0
    ? ''
    : `; ${quarantined} do not open and are in quarantine: see credentials.quarantine in the audit, and have their credentials entered again`;

async function sayStatus(dataSource: DataSource, path: string, backupDays: number, say: Say): Promise<boolean> {
  const keys = await keyStatus(dataSource, readKeyring(path), backupDays);
  const workers = await holders(dataSource);
  for (const key of keys) say(lineOf(key, backupDays));
  for (const { host, active, kids } of workers) say(`worker ${host}: seals with ${active}, holds ${kids.join(', ')}`);
  if (workers.length === 0) say('No worker is running');
  return keys.every(({ state, quarantined }) => state !== 'missing' && quarantined === 0);
}

function lineOf({ kid, state, records, quarantined, auditEntries, removableFrom }: KeyStatus, days: number): string {
  const inQuarantine = quarantined === 0 ? '' : ` (${quarantined} in quarantine)`;
  const counts = `${kid}  ${state}  ${records} records${inQuarantine}  ${auditEntries} audit entries`;
  if (state === 'active') return counts;
  if (state === 'missing') return `${counts}  PUT IT BACK: these records cannot be opened without it`;
  if (records > quarantined) return `${counts}  in use: npm run keys -- rotate`;
  if (quarantined > 0) return `${counts}  in use by what is in quarantine: enter those credentials again, or delete`;
  if (removableFrom === null) return `${counts}  in use by a worker`;
  const date = removableFrom.toISOString().slice(0, 10);
  if (removableFrom > new Date()) {
    return `${counts}  may be removed from ${date} on: a backup of the database may need it for ${days} days`;
  }
  return `${counts}  may be removed: npm run audit -- verify, then npm run keys -- remove ${kid}`;
}

async function remove(
  dataSource: DataSource,
  path: string,
  kid: string,
  backupDays: number,
  say: Say,
): Promise<boolean> {
  const keyring = readKeyring(path);
  const without = withoutKey(keyring, kid);
  const key = (await keyStatus(dataSource, keyring, backupDays)).find((candidate) => candidate.kid === kid)!;
  if (key.removableFrom === null || key.removableFrom > new Date()) {
    throw new KeysCommandError(`It stays.\n${lineOf(key, backupDays)}`);
  }
  replaceKeyring(path, without);
  say(`Removed ${kid}. It is still in every escrow from before.`);
  return true;
}

/** Never where a new key would only hide that the old one is missing. */
async function create(dataSource: DataSource, path: string, say: Say): Promise<boolean> {
  const records = await dataSource.manager.countBy(StorageConfigEntity, { credentialsQuarantinedAt: IsNull() });
  if (records > 0) {
    throw new KeysCommandError(
      `The database has ${records} records that another keyring seals. Restore that one, or see docs/keys.md, "A key is lost".`,
    );
  }
  const keyring = generateKeyring();
  writeNewKeyring(path, format(keyring));
  say(`Created ${path}: ${keyring.active} seals. Now keep an escrow.`);
  return true;
}

function writeNewKeyring(path: string, content: string): void {
  try {
    writeNewSecret(path, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new KeysCommandError(`${path} exists, and no key is ever overwritten: move it away first`);
  }
}

async function makeIdentity(out: string, say: Say): Promise<boolean> {
  const { identity, recipient } = await newIdentity();
  writeNewSecret(out, `# recipient: ${recipient}\n${identity}\n`);
  say(recipient);
  return true;
}

async function encrypted(path: string, recipients: string[]): Promise<string> {
  const keyring = readKeyring(path);
  try {
    return (await toEscrow(keyring, recipients)).trimEnd();
  } catch (error) {
    throw new KeysCommandError(`--to must be a recipient of age, age1…: ${(error as Error).message}`);
  }
}

async function restore(from: string, identityPath: string, path: string, say: Say): Promise<boolean> {
  const keyring = await decrypted(read(from), readSecretFile(identityPath));
  writeNewKeyring(path, format(keyring));
  say(`Restored to ${path}: ${keyring.keys.map(({ kid }) => kid).join(', ')}; ${keyring.active} seals`);
  return true;
}

async function decrypted(escrow: string, identity: string) {
  try {
    return await fromEscrow(escrow, identity);
  } catch (error) {
    throw new KeysCommandError(`The escrow does not open with this identity: ${(error as Error).message}`);
  }
}
