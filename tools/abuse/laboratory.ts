import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type QueryResultRow } from 'pg';
import { Canaries } from '../canary/canaries.js';
import { Firehose } from '../canary/firehose.js';
import {
  NameServer,
  type Postgres,
  type Rabbitmq,
  type SandboxS3,
  startPostgres,
  startRabbitmq,
  startSandboxS3,
} from '../servers/index.js';
import { type OtlpReceiver, startOtlpReceiver } from '../servers/otlp-receiver.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { startSystem, type System } from '../system/index.js';
import { type Listening, setTrap } from './hostile/listening.js';
import type { RestClient } from './rest-client.js';
import { Transcript } from './transcript.js';

type Name = 'open' | 'strict';

interface Built {
  system: System;
  firehose: Firehose;
  pool: Pool;
  brokerDirectory: string;
}

/**
 * Two whole systems beside each other, started when they are asked for. `open` may dial loopback, where the hostile
 * servers are; `strict` may not, as in production, so that everything on this machine is out of its bounds.
 */
export class Laboratory {
  /** Secrets of customers: nowhere but in the worker's memory and in the request that brought them. */
  readonly canaries = new Canaries();
  /** Secrets of the platform itself, which the processes that use them do hold. */
  readonly platformSecrets = new Canaries();
  /** What a careless service sent in clear: on the broker it was, but nothing of ours may keep it. */
  readonly clearlySent = new Canaries();
  readonly transcript = new Transcript([this.canaries, this.platformSecrets]);
  private readonly built = new Map<Name, Promise<Built>>();

  private constructor(
    private readonly postgres: Postgres,
    readonly storage: SandboxS3,
    readonly nameServer: NameServer,
    /** What the environment of every process names as proxy, metadata service and endpoint. */
    readonly environmentTrap: Listening,
    /** What every process tells of what it did. */
    readonly spans: OtlpReceiver,
    readonly postgresDirectory: string,
  ) {}

  static async start(): Promise<Laboratory> {
    const directory = makePrivateDirectory('abuse-postgres');
    const [postgres, storage, nameServer, trap, spans] = await Promise.all([
      startPostgres({ directory }),
      startSandboxS3(),
      NameServer.start(),
      setTrap(),
      startOtlpReceiver(),
    ]);
    const lab = new Laboratory(postgres, storage, nameServer, trap, spans, directory);
    lab.canaries.add('secret_key of the sandbox', storage.users.full.secret_key);
    return lab;
  }

  open(): Promise<System> {
    return this.get('open').then(({ system }) => system);
  }

  strict(): Promise<System> {
    return this.get('strict').then(({ system }) => system);
  }

  /** Those that were started. */
  async all(): Promise<Built[]> {
    return Promise.all(this.built.values());
  }

  async rows<R extends QueryResultRow>(system: System, sql: string, parameters: unknown[] = []): Promise<R[]> {
    const built = (await this.all()).find((each) => each.system === system);
    return (await built!.pool.query<R>(sql, parameters)).rows;
  }

  async forgetRates(system: System): Promise<void> {
    await this.rows(system, 'DELETE FROM test_attempts');
  }

  /** A storage of the sandbox that works, where loopback may be dialled. */
  storageBody() {
    const { access_key, secret_key } = this.storage.users.full;
    return {
      name: `storage ${Math.random().toString(36).slice(2)}`,
      provider: 'minio',
      bucket: this.storage.bucket,
      endpoint_url: this.storage.endpoint,
      access_key,
      secret_key,
    };
  }

  /** The operation when it has ended. @throws Error when it has not within 30 s */
  async ended(rest: RestClient, id: string): Promise<Record<string, unknown>> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const { body } = await rest.send('GET', `/storage-operations/${id}`);
      if (body['finished_at']) return body;
      if (Date.now() > deadline) throw new Error(`The operation has not ended: ${JSON.stringify(body)}`);
      await sleep(50);
    }
  }

  /** Whether it becomes so. */
  async within(seconds: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await holds())) {
      if (Date.now() > deadline) return false;
      await sleep(50);
    }
    return true;
  }

  async stop(): Promise<void> {
    for (const each of this.built.values()) await each.then(stopBuilt, () => undefined);
    await Promise.all([
      this.storage.stop(),
      this.nameServer.stop(),
      this.environmentTrap.stop(),
      this.spans.stop(),
      this.postgres.stop(),
    ]);
    removePrivateDirectory(this.postgresDirectory);
  }

  private get(name: Name): Promise<Built> {
    let built = this.built.get(name);
    if (!built) {
      built = this.build(name);
      this.built.set(name, built);
    }
    return built;
  }

  private async build(name: Name): Promise<Built> {
    const brokerDirectory = makePrivateDirectory(`abuse-rabbitmq-${name}`);
    const trap = `http://127.0.0.1:${this.environmentTrap.port}`;
    const databaseUrl = await this.postgres.createDatabase(`abuse_${name}`);
    const system = await startSystem({
      gateways: name === 'open' ? 2 : 1,
      workers: name === 'open' ? 1 : 0,
      environment: {
        LOG_LEVEL: 'debug',
        PROBE_SLOTS: '24',
        EGRESS_NAME_SERVERS: this.nameServer.address,
        OTEL_EXPORTER_OTLP_ENDPOINT: this.spans.url,
        ...hostileEnvironment(trap),
      },
      servers: {
        databaseUrl,
        startBroker: (definitions): Promise<Rabbitmq> => startRabbitmq({ directory: brokerDirectory, definitions }),
      },
    });
    // In production, where nothing that is for development may even be set.
    if (name === 'strict') await system.startWorker({ NODE_ENV: 'production', EGRESS_ALLOW_LOOPBACK: '' });
    const pool = new Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 5000 });
    pool.on('error', () => undefined);
    for (const url of [system.workerAmqpUrl, system.gatewayAmqpUrl]) {
      this.platformSecrets.add(`password at the broker of ${new URL(url).username}`, new URL(url).password);
    }
    this.platformSecrets.add('JWT_SECRET', system.secrets.jwtSecret);
    const { keys } = JSON.parse(readFileSync(system.secrets.workerEnvironment['WORKER_KEYS_FILE']!, 'utf8')) as {
      keys: { d: string }[];
    };
    keys.forEach(({ d }, index) => this.platformSecrets.add(`private worker key ${index + 1}`, d));
    return { system, firehose: await Firehose.open(system.broker, this.canaries), pool, brokerDirectory };
  }
}

/** What must not move a secret one step from its way: each leads into the trap. */
function hostileEnvironment(trap: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT00000',
    AWS_SECRET_ACCESS_KEY: 'a secret of the environment that is nobody’s',
    AWS_SESSION_TOKEN: 'token',
    AWS_PROFILE: 'somebody',
    AWS_ENDPOINT_URL: trap,
    AWS_ENDPOINT_URL_S3: trap,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: trap,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${trap}/credentials`,
    http_proxy: trap,
    https_proxy: trap,
    HTTP_PROXY: trap,
    HTTPS_PROXY: trap,
    ALL_PROXY: trap,
    NODE_USE_ENV_PROXY: '1',
  };
}

async function stopBuilt({ system, firehose, pool, brokerDirectory }: Built): Promise<void> {
  await firehose.close().catch(() => undefined);
  await pool.end();
  await system.stop();
  await system.broker.stop();
  removePrivateDirectory(brokerDirectory);
}
