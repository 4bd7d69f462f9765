import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import { LeashedProcess } from './leashed-process.js';
import { accepts, freePorts } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { requireServer } from './requirements.js';
import { run } from './run.js';

export interface Rabbitmq {
  host: string;
  port: number;
  /** An administrator. */
  user: string;
  password: string;
  /** The administrator on the virtual host `/`. */
  url: string;
  /** `rabbitmqctl` on this node; about 2 s a call. */
  ctl(...args: string[]): Promise<string>;
  /** Ends the node at once, as a crash would; with a given directory and port it can be started again. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface RabbitmqOptions {
  /** Kept at `stop`. Default: a private one that is removed then. */
  directory?: string;
  /** Default: a free one. */
  port?: number;
  /** The administrator's. Default: a random one. */
  password?: string;
  /** Read at every start; the administrator is added. https://www.rabbitmq.com/docs/definitions */
  definitions?: Definitions;
  /** Where RabbitMQ and Erlang are. Default: as Debian installs them. */
  installation?: RabbitmqInstallation;
}

/** The parts of RabbitMQ's definitions that are looked into here. */
export interface Definitions {
  vhosts: { name: string }[];
  users: object[];
  permissions: object[];
}

export interface RabbitmqInstallation {
  /** The folder of `rabbitmq-server` and `rabbitmqctl` themselves, not of the wrappers that change the account. */
  scripts: string;
  /** Goes before the PATH: has `erl`. */
  erlang: string;
  epmd: string;
}

const ADMINISTRATOR = 'administrator';
const START_SECONDS = 120;

/** The RabbitMQ that is installed on this machine, as a Debian or Ubuntu package lays it out. */
export const INSTALLED: RabbitmqInstallation = {
  scripts: '/usr/lib/rabbitmq/bin',
  erlang: '/usr/lib/erlang/bin',
  epmd: '/usr/bin/epmd',
};

/**
 * A RabbitMQ node of our own: own name, own Erlang port mapper, own cookie, own data; the machine's node, if one runs, is
 * not touched. Ready after about 8 s, most of it processor time.
 */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
  const installation = options.installation ?? INSTALLED;
  if (!options.installation) requireServer('rabbitmq');
  const directory = options.directory ?? makePrivateDirectory('rabbitmq');
  const password = options.password ?? randomBytes(16).toString('hex');
  const [distribution, mapper] = await twoPorts();
  const port = options.port ?? (await freePorts(1));
  const started: LeashedProcess[] = [];
  const stop = async () => {
    for (const server of started) await server.stop();
    if (!options.directory) removePrivateDirectory(directory);
  };
  const env = environment(directory, installation, { port, distribution, mapper });
  try {
    writeConfiguration(directory, port, password, options.definitions);
    const launch = (name: string, command: string, args: string[]) => {
      const logFile = join(directory, `${name}.log`);
      const server = new LeashedProcess({ name, command, args, env, logFile, graceSeconds: 20 });
      started.unshift(server);
      return server;
    };
    const epmd = launch('epmd', installation.epmd, ['-address', '127.0.0.1', '-port', String(mapper)]);
    await epmd.ready(() => accepts(mapper), 10);
    const node = launch('rabbitmq', join(installation.scripts, 'rabbitmq-server'), []);
    await node.ready(() => accepts(port), START_SECONDS);
    return {
      host: '127.0.0.1',
      port,
      user: ADMINISTRATOR,
      password,
      url: `amqp://${ADMINISTRATOR}:${password}@127.0.0.1:${port}`,
      ctl: (...args) => run(join(installation.scripts, 'rabbitmqctl'), args, { env, timeoutMs: 60_000 }),
      kill: async () => {
        await node.signal('SIGKILL');
        await node.exited;
        await stop();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function twoPorts(): Promise<[number, number]> {
  const first = await freePorts(2);
  return [first, first + 1];
}

function writeConfiguration(directory: string, port: number, password: string, definitions?: Definitions): void {
  for (const folder of ['mnesia', 'home', 'logs']) mkdirSync(join(directory, folder), { recursive: true });
  const write = (file: string, lines: string[], mode = 0o600) =>
    writeFileSync(join(directory, file), `${lines.join('\n')}\n`, { mode });
  const cookie = join('home', '.erlang.cookie');
  if (!existsSync(join(directory, cookie))) write(cookie, [randomBytes(20).toString('hex')], 0o400);
  write('rabbitmq.conf', [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    `default_user = ${ADMINISTRATOR}`,
    `default_pass = ${password}`,
    'default_user_tags.administrator = true',
    'log.console = false',
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
    ...(definitions ? [`load_definitions = ${join(directory, 'definitions.json')}`] : []),
  ]);
  if (definitions) write('definitions.json', [JSON.stringify(withAdministrator(definitions, password), null, 2)]);
  write('enabled_plugins', ['[].']);
  // Without a name server every look-up of the machine's own name would cost 5 s.
  const names = ['localhost', hostname(), hostname().split('.')[0]].map((name) => `"${name}"`);
  write('inetrc', ['{lookup, [file]}.', `{host, {127,0,0,1}, [${[...new Set(names)].join(', ')}]}.`]);
}

/** A node that starts from definitions makes no default user. */
function withAdministrator(definitions: Definitions, password: string): Definitions {
  const everything = { configure: '.*', write: '.*', read: '.*' };
  return {
    ...definitions,
    users: [...definitions.users, { name: ADMINISTRATOR, password, tags: 'administrator' }],
    permissions: [
      ...definitions.permissions,
      ...definitions.vhosts.map(({ name }) => ({ user: ADMINISTRATOR, vhost: name, ...everything })),
    ],
  };
}

interface Ports {
  port: number;
  distribution: number;
  mapper: number;
}

function environment(directory: string, installation: RabbitmqInstallation, { port, distribution, mapper }: Ports) {
  const file = (name: string) => join(directory, name);
  return {
    PATH: [installation.erlang, process.env['PATH']].join(delimiter),
    LC_ALL: 'C.UTF-8',
    HOME: file('home'),
    ERL_INETRC: file('inetrc'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(mapper),
    RABBITMQ_NODENAME: `stowage${port}@localhost`,
    RABBITMQ_CONF_ENV_FILE: file('none'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_CONFIG_FILES: file('none'),
    RABBITMQ_ADVANCED_CONFIG_FILE: file('none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('logs'),
    RABBITMQ_PID_FILE: file('rabbitmq.pid'),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // The script then becomes the node itself instead of watching it: TERM is a clean stop.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}
