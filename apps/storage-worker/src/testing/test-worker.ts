import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  EXCHANGES,
  type GatewayMethod,
  type GatewayReply,
  type GatewayRequest,
  readEnvironment,
  type RpcMethod,
  schemaOf,
  SERVICE_RIGHTS,
  type SignedReply,
} from '@stowage/contracts';
import {
  generateKeyring,
  generateSealingKey,
  generateWorkerKeys,
  type JWK,
  newestKey,
  publicHalf,
  type ReplyClaims,
  seal,
  verifyReply,
  type WorkerKeys,
} from '@stowage/encryption';
import { migrate } from '@stowage/entities';
import { InProcessBroker, type OutgoingMessage } from '@stowage/messaging';
import { DataSource } from 'typeorm';
import { WorkerModule } from '../app.module.js';
import { prepareWorker } from '../create-worker.js';
import { workerVariables } from '../environment.js';
import { Prober } from '../probe-pool/prober.js';
import { ScriptedProber } from './scripted-prober.js';

const PATIENCE_MS = 20_000;

/** The registered service of a test worker. */
export const SERVICE = { name: 'backup-service', amqpUser: 'backup' };

/** The whole worker on a real database and the in-process broker; only what dials storages is scripted. */
export class TestWorker {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly broker: InProcessBroker,
    readonly prober: ScriptedProber,
    /** The service's own key. */
    readonly serviceKey: JWK,
    readonly workerKeys: WorkerKeys,
    /** ENCRYPTION_KEYRING_FILE of this worker. */
    readonly keyringPath: string,
    private readonly folder: string,
  ) {}

  static async start(databaseUrl: string, variables: Record<string, string> = {}): Promise<TestWorker> {
    await migrate(databaseUrl);
    const folder = await mkdtemp(join(tmpdir(), 'stowage-worker-'));
    const workerKeys = generateWorkerKeys();
    const serviceKey = generateSealingKey();
    const file = async (name: string, content: unknown): Promise<string> => {
      await writeFile(join(folder, name), JSON.stringify(content), { mode: 0o600 });
      return join(folder, name);
    };
    const source = {
      DATABASE_URL: databaseUrl,
      WORKER_KEYS_FILE: await file('worker-keys.json', workerKeys),
      ENCRYPTION_KEYRING_FILE: await file('keyring.json', generateKeyring()),
      SERVICES_FILE: await file('services.json', [registryEntry(serviceKey)]),
      HEALTH_INTERVAL_S: '0',
      EGRESS_ALLOW_LOOPBACK: 'true',
      ...variables,
    };
    const environment = readEnvironment(workerVariables(source), source, () => '');
    const broker = new InProcessBroker();
    const prober = new ScriptedProber();
    const module = await Test.createTestingModule({ imports: [WorkerModule.forRoot({ environment, broker })] })
      .overrideProvider(Prober)
      .useValue(prober)
      .compile();
    const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    await prepareWorker(app, { environment, broker });
    await app.startAllMicroservices();
    return new TestWorker(app, broker, prober, serviceKey, workerKeys, source.ENCRYPTION_KEYRING_FILE, folder);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.broker.close();
    await rm(this.folder, { recursive: true });
  }

  get database(): DataSource {
    return this.app.get(DataSource, { strict: false });
  }

  async sealed(secrets: object): Promise<string> {
    return seal(secrets, newestKey(publicHalf(this.workerKeys), 'enc'));
  }

  /** As the gateway asks. */
  async ask<T>(
    method: GatewayMethod,
    request: Partial<GatewayRequest> & Record<string, unknown>,
    options: { deadline?: number; onProgress?: (data: unknown) => void } = {},
  ): Promise<GatewayReply<T>> {
    const data = { ...EMPTY_REQUEST, request_id: randomUUID(), ...request };
    const message = { exchange: EXCHANGES.gateway, routing_key: method, headers: { schema: schemaOf(method) }, data };
    const deadline = options.deadline ?? Date.now() + PATIENCE_MS;
    const reply = await this.broker.request(message, { deadline, onProgress: options.onProgress });
    return reply.json() as GatewayReply<T>;
  }

  /** As a service asks; the answer is verified as a service would. */
  async askAsService(
    method: RpcMethod,
    data: Record<string, unknown>,
    message: Partial<OutgoingMessage> = {},
  ): Promise<ReplyClaims & Record<string, unknown>> {
    const correlationId = randomUUID();
    const reply = await this.broker.request(
      {
        exchange: EXCHANGES.rpc,
        routing_key: method,
        user_id: SERVICE.amqpUser,
        correlation_id: correlationId,
        headers: { schema: schemaOf(method), 'organization-id': String(data['organization_id']) },
        data: { recipient: SERVICE.name, ...data },
        ...message,
      },
      { deadline: Date.now() + PATIENCE_MS },
    );
    const { signed } = reply.json() as SignedReply;
    return verifyReply(signed, publicHalf(this.workerKeys).keys, { aud: SERVICE.name, cid: correlationId });
  }
}

const EMPTY_REQUEST: Omit<GatewayRequest, 'request_id'> = {
  actor: { id: 'user-1', kind: 'user', ip: '203.0.113.7' },
  idempotency_key: null,
  organization_id: null,
  storage_config_id: null,
  if_version: null,
  config: null,
  credentials: null,
};

function registryEntry(serviceKey: JWK) {
  return {
    name: SERVICE.name,
    amqp_user: SERVICE.amqpUser,
    jwks: publicHalf({ keys: [serviceKey] }).keys,
    reply_queue: null,
    may: SERVICE_RIGHTS,
  };
}
