/**
 * `node tools/run.mjs <tool> [arguments]`: installs and builds what is missing or stale, then runs tools/<tool>/main.ts.
 * Plain JavaScript without dependencies: it is the one file that must work on a fresh checkout.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD_STAMP = join(ROOT, 'dist', '.built-from');
const SOURCES = [
  'apps',
  'libs',
  'examples',
  'tools',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

const [tool = '', ...args] = process.argv.slice(2);
process.chdir(ROOT);
checkNode();
if (!isInstalled()) install();
if (!isBuilt()) build();
const main = join(ROOT, 'dist', 'tools', tool, 'main.js');
process.argv = [process.argv[0], main, ...args];
await import(pathToFileURL(main).href);

function checkNode() {
  const wanted = JSON.parse(readFileSync('package.json', 'utf8')).engines.node.replace('>=', '').split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return;
  fail(`Node.js ${wanted.join('.')} or newer is needed; this is ${process.versions.node}. See https://nodejs.org/`);
}

/** Whether npm's own record of node_modules has every package of the lock file in its version. */
function isInstalled() {
  const record = join('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = Object.entries(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages);
  return wanted.every(
    ([path, { version, optional, peer }]) => path === '' || optional || peer || installed[path]?.version === version,
  );
}

function install() {
  say('Installing packages (npm ci) …');
  npm('ci', '--include=dev');
}

/** Whether dist/ was made from the very files that are there now. */
function isBuilt() {
  return existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === sourceStamp();
}

function build() {
  say('Building …');
  const stamp = sourceStamp();
  npm('run', '--silent', 'build');
  writeFileSync(BUILD_STAMP, stamp);
}

function sourceStamp() {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesUnder)) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** Its output goes to standard error: what a tool prints must stand alone on standard output. */
function npm(...command) {
  const viaNpm = process.env.npm_execpath;
  const [program, ...before] = viaNpm ? [process.execPath, viaNpm] : ['npm'];
  const { status, error } = spawnSync(program, [...before, ...command], { stdio: ['ignore', 2, 2] });
  if (error) fail(`npm cannot be run: ${error.message}`);
  if (status !== 0) fail(`npm ${command.join(' ')} failed.`);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
