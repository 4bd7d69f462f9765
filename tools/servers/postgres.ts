import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { LeashedProcess } from './leashed-process.js';
import { accepts, freePort } from './ports.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { isRoot, MissingServerError, findProgram } from './requirements.js';
import { run } from './run.js';

export interface Postgres {
  host: string;
  port: number;
  user: string;
  password: string;
  /** The superuser on the database `postgres`. */
  url: string;
  /** Creates a database where it is missing and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends it at once, as a crash would; with a given directory, port and password it can be started again. */
  kill(): Promise<void>;
  /** Stops each of its processes in the midst of what it does, until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Kept at `stop`. Default: a private one that is removed then. */
  directory?: string;
  /** Default: a free one. */
  port?: number;
  /** The superuser's, of a directory that is used again. Default: a random one. */
  password?: string;
  /** Whether committed data must survive a crash of the machine. Default no: tests are quicker without. */
  durable?: boolean;
}

const SUPERUSER = 'postgres';
const START_SECONDS = 60;
const INITDB_TIMEOUT_MS = 60_000;
/** PostgreSQL refuses to run as root; `nobody` has these numbers on every Linux. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };

/** PostgreSQL from the npm package, on 127.0.0.1 with a password. Ready after about 1 s. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const binaries = findPostgresBinaries();
  const directory = options.directory ?? makePrivateDirectory('postgres');
  const password = options.password ?? randomBytes(16).toString('hex');
  const port = options.port ?? (await freePort());
  let server: LeashedProcess | undefined;
  const stop = async () => {
    await server?.stop();
    if (!options.directory) removePrivateDirectory(directory);
  };
  try {
    await initialise(binaries, directory, password);
    const running = await launch(binaries, directory, port, options.durable ?? false);
    server = running;
    const urlOf = (database: string) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
    return {
      host: '127.0.0.1',
      port,
      user: SUPERUSER,
      password,
      url: urlOf('postgres'),
      createDatabase: async (name) => {
        await createDatabase(urlOf('postgres'), name);
        return urlOf(name);
      },
      kill: async () => {
        await running.signal('SIGKILL');
        await running.exited;
        await stop();
      },
      freeze: () => running.signalFamily('SIGSTOP'),
      thaw: () => running.signalFamily('SIGCONT'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const dataOf = (directory: string) => join(directory, 'data');

async function initialise(binaries: PostgresBinaries, directory: string, password: string): Promise<void> {
  const data = dataOf(directory);
  if (existsSync(join(data, 'PG_VERSION'))) return;
  rmSync(data, { recursive: true, force: true }); // what an interrupted start has left
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    giveAway(directory, data, passwordFile);
    const login = ['-U', SUPERUSER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'];
    const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const [command, args] = unprivileged(binaries.initdb, ['-D', data, '--no-sync', ...login, ...locale]);
    await run(command, args, { timeoutMs: INITDB_TIMEOUT_MS, cwd: '/', env: environment() });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** As root: the folder may be entered by all, what is in it belongs to the account that runs the server. */
function giveAway(directory: string, ...paths: string[]): void {
  if (!isRoot()) return;
  chmodSync(directory, 0o755);
  for (const path of paths) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
}

function unprivileged(command: string, args: string[]): [string, string[]] {
  if (!isRoot()) return [command, args];
  const setpriv = findProgram('setpriv');
  if (!setpriv) {
    throw new MissingServerError(
      'PostgreSQL does not run as root and setpriv is missing: apt-get install util-linux, or set DATABASE_URL',
    );
  }
  const { uid, gid } = UNPRIVILEGED;
  return [setpriv, [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', command, ...args]];
}

/** Without the caller's PG* variables, and with messages in the one language that we read. */
const environment = () => ({ PATH: process.env['PATH'], LC_ALL: 'C' });

async function launch(
  binaries: PostgresBinaries,
  directory: string,
  port: number,
  durable: boolean,
): Promise<LeashedProcess> {
  const data = dataOf(directory);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'timezone=UTC',
    'log_min_messages=warning',
    // Otherwise a failing statement would bring its values into the log.
    'log_parameter_max_length_on_error=0',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const [command, args] = unprivileged(binaries.postgres, [
    '-D',
    data,
    '-p',
    String(port),
    ...settings.flatMap((setting) => ['-c', setting]),
  ]);
  const server = new LeashedProcess({
    name: 'postgres',
    command,
    args,
    cwd: '/',
    env: environment(),
    logFile: join(directory, 'postgres.log'),
    stopSignal: 'INT', // "fast": TERM would wait for the clients
  });
  return server.ready(async () => isReady(data) && (await accepts(port)), START_SECONDS);
}

/** The port opens before start-up is complete; the eighth line of this file says when it is. */
function isReady(data: string): boolean {
  const file = join(data, 'postmaster.pid');
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready';
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
