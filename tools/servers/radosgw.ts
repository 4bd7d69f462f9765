import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CEPH_PORTS, cephConfiguration } from './ceph-configuration.js';
import { makeCertificate } from './certificate.js';
import { LeashedProcess, ServerStartError } from './leashed-process.js';
import { accepts, freePorts } from './ports.js';
import { makePrivateDirectory, removePrivateDirectory } from './private-directory.js';
import { program, requireServer } from './requirements.js';
import { run } from './run.js';

export interface S3User {
  access_key: string;
  secret_key: string;
}

export interface Radosgw {
  host: string;
  port: number;
  /** `http://127.0.0.1:<port>`; path-style addressing. */
  endpoint: string;
  tlsPort: number;
  tlsEndpoint: string;
  /** PEM that clients of `tlsEndpoint` must trust. */
  certificate: string;
  users: {
    /** Owns what it makes; may also manage user policies (IAM API on the same endpoint). */
    full: S3User;
    /** Every write is AccessDenied, even CreateBucket. */
    readonly: S3User;
    /** May do what bucket policies of `full` say. Its ARN is `arn:aws:iam:::user/limited`. */
    limited: S3User;
    /** UserSuspended. */
    suspended: S3User;
    /** QuotaExceeded beyond 1 MiB or 20 objects. */
    quota: S3User;
  };
  /** `radosgw-admin`: suspends, rotates keys, sets quotas; in force at the next request. Returns its output. */
  admin(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

const START_SECONDS = 60;

/** A real, whole S3 service: Ceph's radosgw over a store in memory, gone at `stop`. Ready after about 4 s. */
export async function startRadosgw(): Promise<Radosgw> {
  requireServer('radosgw');
  const directory = makePrivateDirectory('radosgw');
  const cluster = new Cluster(directory, await freePorts(CEPH_PORTS));
  try {
    const certificate = await makeCertificate(directory);
    cluster.configure(
      cephConfiguration({ directory, clusterId: cluster.clusterId, firstPort: cluster.firstPort, certificate }),
    );
    await cluster.startMonitor();
    await cluster.startObjectStore();
    await cluster.startGateway();
    return {
      host: '127.0.0.1',
      port: cluster.firstPort,
      endpoint: `http://127.0.0.1:${cluster.firstPort}`,
      tlsPort: cluster.firstPort + 1,
      tlsEndpoint: `https://127.0.0.1:${cluster.firstPort + 1}`,
      certificate: certificate.pem,
      users: await createUsers(cluster),
      admin: (...args) => cluster.admin(...args),
      stop: () => cluster.stop(),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class Cluster {
  readonly clusterId = randomUUID();
  readonly #configurationFile: string;
  /** The one that was started last comes first. */
  readonly #daemons: LeashedProcess[] = [];

  constructor(
    readonly directory: string,
    readonly firstPort: number,
  ) {
    this.#configurationFile = join(directory, 'ceph.conf');
  }

  configure(content: string): void {
    writeFileSync(this.#configurationFile, content);
    for (const folder of ['mon', 'osd', 'rgw']) mkdirSync(join(this.directory, folder));
  }

  async startMonitor(): Promise<void> {
    const port = this.firstPort + 2;
    const map = join(this.directory, 'monmap');
    const address = ['--addv', 'a', `v1:127.0.0.1:${port}`];
    await this.#run('monmaptool', ['--create', '--clobber', '--fsid', this.clusterId, ...address, map]);
    await this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map]);
    await this.#daemon('ceph-mon', ['-i', 'a', '-f']).ready(() => accepts(port), START_SECONDS);
  }

  async startObjectStore(): Promise<void> {
    const id = randomUUID();
    await this.#ceph('osd', 'new', id, '0');
    await this.#ceph('osd', 'crush', 'create-or-move', 'osd.0', '1.0', 'root=default', 'host=h0');
    await this.#run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', id]);
    const isUp = async () => (await this.#ceph('osd', 'stat')).includes('1 up');
    await this.#daemon('ceph-osd', ['-i', '0', '-f']).ready(isUp, START_SECONDS);
  }

  async startGateway(): Promise<void> {
    const gateway = this.#daemon('radosgw', ['-n', 'client.rgw', '-f', '--no-mon-config']);
    await gateway.ready(() => accepts(this.firstPort), START_SECONDS);
  }

  admin(...args: string[]): Promise<string> {
    return this.#run('radosgw-admin', args);
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.stop();
    removePrivateDirectory(this.directory);
  }

  #daemon(name: string, args: string[]): LeashedProcess {
    const daemon = new LeashedProcess({
      name,
      command: program(name),
      args: ['--conf', this.#configurationFile, ...args],
      logFile: join(this.directory, `${name}.log`),
      graceSeconds: 3,
    });
    this.#daemons.unshift(daemon);
    return daemon;
  }

  #run(name: string, args: string[]): Promise<string> {
    // Not CEPH_ARGS: a user's own cluster settings must not leak in.
    const env = { ...process.env, CEPH_CONF: this.#configurationFile, CEPH_ARGS: undefined };
    return run(program(name), name === 'monmaptool' ? args : ['--conf', this.#configurationFile, ...args], { env });
  }

  /** Tried again for a while: a monitor that has just started may not answer yet. */
  async #ceph(...args: string[]): Promise<string> {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      try {
        return await this.#run('ceph', ['--connect-timeout', '5', ...args]);
      } catch (error) {
        if (Date.now() > deadline) throw new ServerStartError(`ceph ${args.join(' ')}`, { cause: error });
        await sleep(200);
      }
    }
  }
}

async function createUsers(cluster: Cluster): Promise<Radosgw['users']> {
  const create = async (name: string, ...options: string[]): Promise<S3User> => {
    const user = { access_key: accessKey(), secret_key: randomBytes(20).toString('hex') };
    const keys = [`--access-key=${user.access_key}`, `--secret-key=${user.secret_key}`];
    await cluster.admin('user', 'create', `--uid=${name}`, `--display-name=${name}`, ...keys, ...options);
    return user;
  };
  const users = {
    full: await create('full', '--caps=user-policy=*'),
    readonly: await create('readonly', '--op-mask=read'),
    limited: await create('limited'),
    suspended: await create('suspended'),
    quota: await create('quota'),
  };
  await cluster.admin('user', 'suspend', '--uid=suspended');
  const limits = ['--max-size=1M', '--max-objects=20'];
  await cluster.admin('quota', 'set', '--quota-scope=user', '--uid=quota', ...limits);
  await cluster.admin('quota', 'enable', '--quota-scope=user', '--uid=quota');
  return users;
}

/** In the form of the vendors: 20 capitals and digits. */
const accessKey = (): string => `AK${randomBytes(9).toString('hex').toUpperCase()}`;
