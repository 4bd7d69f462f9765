import { randomUUID } from 'node:crypto';
import { Pool, type QueryResultRow } from 'pg';
import {
  type Postgres,
  type Rabbitmq,
  type SandboxS3,
  startPostgres,
  startRabbitmq,
  startSandboxS3,
} from '../servers/index.js';
import type { Definitions } from '../servers/rabbitmq.js';
import { makePrivateDirectory, removePrivateDirectory } from '../servers/private-directory.js';
import { startSystem, type System, type SystemProcess } from '../system/index.js';
import { EventRecorder } from './event-recorder.js';
import { FAIR, NetworkProxy } from '../servers/network-proxy.js';
import { waitFor } from './wait-for.js';

const WORKERS = 2;
const READY_SECONDS = 60;
const DATABASE = 'faults';

/** A whole system of real processes, each of which may be killed, frozen and started again. */
export class Laboratory {
  readonly database: Pool;
  private readonly directories: string[];

  private constructor(
    readonly system: System,
    private postgres: Postgres,
    private broker: Rabbitmq,
    private readonly definitions: Definitions,
    readonly storage: SandboxS3,
    /** In front of the storage. */
    readonly wayToStorage: NetworkProxy,
    readonly events: EventRecorder,
    directories: { postgres: string; broker: string },
  ) {
    this.directories = [directories.postgres, directories.broker];
    this.database = new Pool({ connectionString: system.databaseUrl, max: 2, connectionTimeoutMillis: 2000 });
    this.database.on('error', () => undefined);
  }

  static async start(): Promise<Laboratory> {
    const directories = {
      postgres: makePrivateDirectory('faults-postgres'),
      broker: makePrivateDirectory('faults-rabbitmq'),
    };
    const storage = await startSandboxS3();
    const wayToStorage = await NetworkProxy.start(storage.port);
    // Durable: what was committed before a kill must be there after it.
    const postgres = await startPostgres({ directory: directories.postgres, durable: true });
    const started: { broker?: Rabbitmq; definitions?: Definitions } = {};
    const system = await startSystem({
      workers: WORKERS,
      environment: { PROBE_SLOTS: '16', TEST_DEADLINE_MS: '10000', LOG_LEVEL: 'info' },
      servers: {
        databaseUrl: await postgres.createDatabase(DATABASE),
        startBroker: async (definitions) => {
          started.definitions = definitions;
          started.broker = await startRabbitmq({ directory: directories.broker, definitions });
          return started.broker;
        },
      },
    });
    const events = new EventRecorder(system.broker.url);
    await events.begin();
    return new Laboratory(
      system,
      postgres,
      started.broker!,
      started.definitions!,
      storage,
      wayToStorage,
      events,
      directories,
    );
  }

  /** Those that run, oldest first. */
  get workers(): SystemProcess[] {
    return this.system.workers.filter((worker) => worker.process.running);
  }

  get gateways(): SystemProcess[] {
    return this.system.gateways.filter((gateway) => gateway.process.running);
  }

  async rows<R extends QueryResultRow>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    return (await this.database.query<R>(sql, parameters)).rows;
  }

  async killWorker(worker: SystemProcess): Promise<void> {
    await worker.process.signal('SIGKILL');
    await worker.process.exited;
  }

  async killBroker(): Promise<void> {
    await this.broker.kill();
  }

  async stopBroker(): Promise<void> {
    await this.broker.stop();
  }

  /** Resolves when its port is open. */
  async startBroker(): Promise<void> {
    const { port, password } = this.broker;
    this.broker = await startRabbitmq({
      directory: this.directories[1],
      definitions: this.definitions,
      port,
      password,
    });
  }

  /** `rabbitmqctl` */
  brokerCtl(...args: string[]): Promise<string> {
    return this.broker.ctl(...args);
  }

  async killDatabase(): Promise<void> {
    await this.postgres.kill();
  }

  async startDatabase(): Promise<void> {
    const { port, password } = this.postgres;
    this.postgres = await startPostgres({ directory: this.directories[0], durable: true, port, password });
  }

  /** Brings back the workers that a fault has cost, and waits until every process is ready. */
  async heal(): Promise<void> {
    this.wayToStorage.weather = FAIR;
    const missing = Array.from({ length: WORKERS - this.workers.length }, () => this.system.startWorker());
    await Promise.all(missing);
    await this.ready();
  }

  async ready(): Promise<void> {
    for (const { name, url } of [...this.workers, ...this.gateways]) {
      await waitFor(`${name} is ready`, READY_SECONDS, () => isReady(url));
    }
  }

  /** SIGSTOP to each of its processes: connections stay, and nothing is answered. */
  async freezeDatabase(): Promise<void> {
    await this.postgres.freeze();
  }

  async thawDatabase(): Promise<void> {
    await this.postgres.thaw();
  }

  /** A token of a member with all rights. */
  token(organizationId: string): Promise<string> {
    return this.system.token({ [organizationId]: 'all' });
  }

  /** The REST body of a storage that works. */
  storageBody(name: string = randomUUID()) {
    const { access_key, secret_key } = this.storage.users.full;
    return {
      name,
      provider: 'minio' as const,
      bucket: this.storage.bucket,
      endpoint_url: `http://127.0.0.1:${this.wayToStorage.port}`,
      access_key,
      secret_key,
    };
  }

  async stop(): Promise<void> {
    await this.database.end();
    await this.system.stop();
    await this.wayToStorage.stop();
    await this.storage.stop();
    await this.broker.stop();
    await this.postgres.stop();
    this.directories.forEach(removePrivateDirectory);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    const body = (await response.json()) as { status?: string };
    return response.ok && body.status !== 'degraded';
  } catch {
    return false;
  }
}
