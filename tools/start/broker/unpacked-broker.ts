import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canUnpackDebianPackages, unpackDebianPackages } from '../../servers/debian-package.js';
import { MissingServerError, startRabbitmq } from '../../servers/index.js';
import type { RabbitmqInstallation } from '../../servers/rabbitmq.js';
import { program } from '../../servers/requirements.js';
import { run } from '../../servers/run.js';
import type { DataDirectory } from '../data-directory.js';
import { type MessageBroker, ourBroker, ourDefinitions } from './message-broker.js';

/** RabbitMQ from Debian's or Ubuntu's packages, fetched into the data directory; nothing is installed. @throws MissingServerError */
export async function unpackedBroker(data: DataDirectory, say: (line: string) => void): Promise<MessageBroker> {
  if (!canUnpackDebianPackages()) throw new MissingServerError('this is not a Debian or Ubuntu machine');
  const folder = data.file('cache', 'rabbitmq');
  if (!existsSync(folder)) {
    say(`Fetching RabbitMQ and Erlang (about 35 MB) with apt-get download, unpacking them in ${folder} …`);
    await unpackDebianPackages(await packagesOfRabbitmq(), folder);
  }
  const server = await startRabbitmq({
    directory: data.folder('rabbitmq'),
    password: data.password('broker-administrator'),
    definitions: ourDefinitions(data),
    installation: installationIn(folder),
  });
  return ourBroker(data, `RabbitMQ, unpacked in ${folder}`, server);
}

/** RabbitMQ and the parts of Erlang that it needs; all other dependencies are on every machine that has Node. */
async function packagesOfRabbitmq(): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const listing = await run(program('apt-cache'), ['depends', '--recurse', ...only, 'rabbitmq-server']).catch(() => '');
  const packages = listing.split('\n').filter((line) => /^(erlang-[a-z0-9-]+|rabbitmq-server)$/.test(line));
  if (packages.length === 0) throw new MissingServerError('apt knows no rabbitmq-server: run apt-get update first');
  return [...new Set(packages)];
}

function installationIn(folder: string): RabbitmqInstallation {
  const erlang = join(folder, 'usr', 'lib', 'erlang');
  const runtime = join(erlang, onlyFolder(erlang, 'erts-'), 'bin');
  const servers = join(folder, 'usr', 'lib', 'rabbitmq', 'lib');
  return {
    scripts: join(servers, onlyFolder(servers, 'rabbitmq_server-'), 'sbin'),
    erlang: writeLauncher(folder, erlang, runtime),
    epmd: join(runtime, 'epmd'),
  };
}

function onlyFolder(parent: string, prefix: string): string {
  const found = readdirSync(parent).find((name) => name.startsWith(prefix));
  if (!found) throw new MissingServerError(`${parent} has no ${prefix}*: remove it and start again`);
  return found;
}

/** Debian's own `erl` believes that it is in /usr/lib/erlang, wherever it is. */
function writeLauncher(folder: string, erlang: string, runtime: string): string {
  const launchers = join(folder, 'bin');
  mkdirSync(launchers, { recursive: true });
  const launcher = join(launchers, 'erl');
  const variables = `ROOTDIR='${erlang}' BINDIR='${runtime}' EMU=beam PROGNAME=erl`;
  writeFileSync(launcher, `#!/bin/sh\nexport ${variables}\nexec "$BINDIR/erlexec" "$@"\n`);
  chmodSync(launcher, 0o755);
  return launchers;
}
