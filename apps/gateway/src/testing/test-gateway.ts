import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OrganizationPermission, PlatformPermission, Problem } from '@stowage/contracts';
import { ORGANIZATION_PERMISSIONS } from '@stowage/contracts';
import { generateWorkerKeys, publicHalf, type WorkerKeys } from '@stowage/encryption';
import { createDataSource, migrate } from '@stowage/entities';
import { InProcessBroker } from '@stowage/messaging';
import { signDevelopmentToken } from '@stowage/permissions';
import type { DataSource } from 'typeorm';
import { createGateway } from '../create-gateway.js';
import type { GatewayEnvironment } from '../environment.js';
import { GatewayLogin } from './gateway-login.js';
import { DocumentedAnswers } from './documented-answers.js';
import { ScriptedWorker } from './scripted-worker.js';

export const JWT_SECRET = 'a secret of the tests that is long enough for HS256';

export interface RequestOptions {
  token?: string | null;
  /** Text and bytes go as they are, all else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
  text: string;
}

export interface TestGatewayOptions {
  environment?: Partial<GatewayEnvironment>;
  /** Default `none`. */
  testRates?: 'shared' | 'none';
}

/** A gateway on a real port and a real database, with a scripted worker at the other end of an in-process broker. */
export class TestGateway {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly broker: InProcessBroker,
    readonly worker: ScriptedWorker,
    readonly workerKeys: WorkerKeys,
    readonly dataSource: DataSource,
    private readonly login: GatewayLogin,
    private readonly documented: DocumentedAnswers,
  ) {}

  static async start(databaseUrl: string, options: TestGatewayOptions = {}): Promise<TestGateway> {
    await migrate(databaseUrl);
    const dataSource = await createDataSource({ url: databaseUrl, as: 'owner', applicationName: 'test' }).initialize();
    const login = await GatewayLogin.create(databaseUrl);
    const workerKeys = generateWorkerKeys();
    const broker = new InProcessBroker();
    const worker = new ScriptedWorker(broker);
    await worker.start();
    const environment = testEnvironment({
      DATABASE_URL: login.url,
      WORKER_PUBLIC_KEYS_FILE: publicHalf(workerKeys),
      ...options.environment,
    });
    const app = await createGateway({ environment, broker, logger: false, testRates: options.testRates ?? 'none' });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as ConstructorParameters<
      typeof DocumentedAnswers
    >[0];
    return new TestGateway(app, url, broker, worker, workerKeys, dataSource, login, new DocumentedAnswers(document));
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.broker.close();
    await this.login.drop();
    await this.dataSource.destroy();
  }

  /** Sends to a path below the base path, or anywhere with a leading `//`; the answer is held to the OpenAPI document. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const target = new URL(path.startsWith('//') ? path.slice(1) : `/api/v1/backups${path}`, this.url);
    const response = await this.fetch(method, target, options);
    const text = await response.text();
    const type = (response.headers.get('content-type') ?? '').split(';', 1)[0]!;
    const body = (type.endsWith('json') ? JSON.parse(text) : text) as T;
    this.documented.check(method, target.pathname, { status: response.status, type, body });
    return { status: response.status, headers: response.headers, body, text };
  }

  /** As `request`, for an answer that is an error. */
  refused(method: string, path: string, options: RequestOptions = {}): Promise<Answer<Problem>> {
    return this.request<Problem>(method, path, options);
  }

  fetch(method: string, target: URL, { token, body, headers = {} }: RequestOptions): Promise<Response> {
    return fetch(target, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  }
}

/** An organization of its own for a test, and tokens of its members. */
export class TestOrganization {
  readonly id = randomUUID();

  token(
    permissions: readonly OrganizationPermission[] = ORGANIZATION_PERMISSIONS,
    lifetimeS?: number,
  ): Promise<string> {
    return sign({ [this.id]: [...permissions] }, [], lifetimeS);
  }

  /** Of a member by this name, with all permissions. */
  tokenOf(user: string): Promise<string> {
    const organizations = { [this.id]: [...ORGANIZATION_PERMISSIONS] };
    return signDevelopmentToken({ secret: JWT_SECRET, subject: user, organizations, platform: [] });
  }
}

export function platformToken(permissions: PlatformPermission[] = ['platform.storage.update']): Promise<string> {
  return sign({}, permissions);
}

function sign(
  organizations: Record<string, OrganizationPermission[]>,
  platform: PlatformPermission[] = [],
  lifetimeS?: number,
) {
  return signDevelopmentToken({ secret: JWT_SECRET, subject: 'user-1', organizations, platform, lifetimeS });
}

export function testEnvironment(
  given: Partial<GatewayEnvironment> & Pick<GatewayEnvironment, 'DATABASE_URL'>,
): GatewayEnvironment {
  return {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 0,
    JWT_SECRET,
    JWT_JWKS_URL: null,
    NODE_TLS_REJECT_UNAUTHORIZED: null,
    JWT_ISSUER: null,
    JWT_AUDIENCE: null,
    WORKER_PUBLIC_KEYS_FILE: publicHalf(generateWorkerKeys()),
    ALLOW_ORG_BYOS: null,
    ENABLED_PROVIDERS: null,
    EGRESS_PUBLIC_IPS: ['203.0.113.10'],
    TEST_DEADLINE_MS: 15_000,
    OTEL_EXPORTER_OTLP_ENDPOINT: null,
    LOG_LEVEL: 'info',
    ...given,
  };
}
