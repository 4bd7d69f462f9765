import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import amqp from 'amqplib';
import { connectStowage, type StowageClient } from '@stowage/client';
import { type Provider, PROVIDERS, schemaOf, type StorageConfig, type TestResult } from '@stowage/contracts';
import { dropDeadLetters, listDeadLetters } from '@stowage/messaging';
import { Canaries } from '../tools/canary/canaries.js';
import { Firehose } from '../tools/canary/firehose.js';
import { scanTables } from '../tools/canary/scan-database.js';
import {
  describeOnServers,
  type Postgres,
  type Rabbitmq,
  startPostgres,
  startRabbitmq,
} from '../tools/servers/index.js';
import { makePrivateDirectory, removePrivateDirectory } from '../tools/servers/private-directory.js';
import { startSystem, type System, type SystemProcess } from '../tools/system/index.js';
import { eventually } from './eventually.js';
import { forgetTestRates } from './forget-test-rates.js';
import { startStorageServers, type StorageServers } from './storage-servers.js';

const START_MS = 150_000;
const QUIET_MS = 60_000;
const FILES_MS = 150_000;

/** The walk of the main job and its mistakes, with secrets that are then looked for wherever a secret must not be. */
describeOnServers(['radosgw', 'sshd', 'vsftpd', 'rabbitmq'], 'a secret', () => {
  const canaries = new Canaries();
  /** Sent in clear by a careless service: it was on the broker, and nothing of ours may keep or repeat it. */
  const clearlySent = new Canaries();
  const directories = { postgres: '', broker: '', heap: '' };
  const organization = randomUUID();
  const transcript: string[] = [];
  let servers: StorageServers;
  let postgres: Postgres;
  let broker: Rabbitmq;
  let system: System;
  let gateway: SystemProcess;
  let firehose: Firehose;
  let service: StowageClient;
  let lastRequest = 0;

  beforeAll(async () => {
    for (const name of ['postgres', 'broker', 'heap'] as const)
      directories[name] = makePrivateDirectory(`canary-${name}`);
    postgres = await startPostgres({ directory: directories.postgres });
    servers = await startStorageServers();
    for (const provider of PROVIDERS)
      canaries.add(`secret of ${provider}`, String(servers.bodies[provider]['secret_key']));
    system = await startSystem({
      gateways: 0,
      environment: { STORAGE_DEV_ENDPOINTS: JSON.stringify(servers.devEndpoints), LOG_LEVEL: 'debug' },
      servers: {
        databaseUrl: await postgres.createDatabase('canary'),
        startBroker: async (definitions) =>
          (broker = await startRabbitmq({ directory: directories.broker, definitions })),
      },
    });
    // Node's own switch: at this signal it collects what is garbage and writes down what is left.
    gateway = await system.startGateway({
      NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${directories.heap}`,
    });
    firehose = await Firehose.open(broker, canaries);
    service = connectStowage({
      amqpUrl: system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: system.secrets.serviceKeys,
      workerKeys: system.secrets.workerPublicKeys.keys,
    });
    for (const provider of PROVIDERS) await walk(provider);
    await makeMistakes();
    lastRequest = Date.now();
  }, START_MS);

  afterAll(async () => {
    await service?.close();
    await firehose?.close();
    await system?.stop();
    await broker?.stop();
    await servers?.stop();
    await postgres?.stop();
    Object.values(directories).forEach(removePrivateDirectory);
  }, 60_000);

  /** As a browser would: the answer, headers and all, is kept for looking through. */
  async function send(
    method: string,
    path: string,
    body?: unknown,
    { accept, raw }: { accept?: string; raw?: string } = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const token = await system.token({ [organization]: 'all' }, { user: randomUUID(), platform: true });
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${gateway.url}/api/v1/backups${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...(accept === undefined ? {} : { accept }),
      },
      body: content,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    transcript.push(`${method} ${path} ${response.status} ${JSON.stringify([...response.headers])} ${text}`);
    const isJson = text.startsWith('{') || text.startsWith('[');
    return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown> };
  }

  async function test(body: Record<string, unknown>, query = '', accept?: string): Promise<TestResult> {
    await forgetTestRates(system.databaseUrl);
    const path = `/storage-configs/test-connection?organization_id=${organization}${query}`;
    return (await send('POST', path, body, { accept })).body as unknown as TestResult;
  }

  /** Test, test with a wrong secret, create, rotate, change, release, delete: each with secrets of its own. */
  async function walk(provider: Provider): Promise<void> {
    const body = servers.bodies[provider];
    expect({ provider, ...(await test(body)) }).toMatchObject({ provider, success: true });
    await test(body, '&depth=full', 'text/event-stream');
    expect(await test({ ...body, secret_key: canaries.make(`wrong secret of ${provider}`) })).toMatchObject({
      success: false,
    });
    const name = `Storage on ${provider}`;
    const created = await send('POST', `/storage-configs?organization_id=${organization}`, {
      ...body,
      name,
    });
    expect(created.status).toBe(201);
    const id = String(created.body['id']);
    await send('POST', `/storage-configs?organization_id=${organization}`, {
      ...body,
      name,
      secret_key: canaries.make(`secret of a refused create of ${provider}`),
    });
    const wrong = { access_key: body['access_key'], secret_key: canaries.make(`rotated secret of ${provider}`) };
    expect(await send('PATCH', `/storage-configs/${id}`, wrong)).toMatchObject({ status: 200 });
    await forgetTestRates(system.databaseUrl);
    expect((await send('POST', `/storage-configs/${id}/test`)).body).toMatchObject({ success: false });
    const right = { access_key: body['access_key'], secret_key: body['secret_key'], is_default: true };
    expect(await send('PATCH', `/storage-configs/${id}`, right)).toMatchObject({ status: 200 });
    const released = await service.getDefaultStorage(organization);
    expect(released.credentials).toMatchObject({ secret_key: body['secret_key'] });
    await service.test(organization, id);
    await service.refreshUsage(organization, id);
    await service.create(
      {
        ...(body as unknown as Parameters<StowageClient['create']>[0]),
        name: `${name}, by the broker`,
        organization_id: organization,
        secret_key: canaries.make(`secret of ${provider} by the broker`),
      },
      randomUUID(),
    );
    await eventually(async () => {
      const listed = await send('GET', `/storage-configs?organization_id=${organization}&limit=200`);
      expect((listed.body as unknown as StorageConfig[]).map((config) => config.name)).toContain(
        `${name}, by the broker`,
      );
    });
    for (const path of [
      `/storage-configs/${id}`,
      `/storage-audit?organization_id=${organization}`,
      '/storage-settings',
    ]) {
      await send('GET', path);
    }
  }

  /** What people and services do wrong with a secret in their hands. */
  async function makeMistakes(): Promise<void> {
    const create = `/storage-configs?organization_id=${organization}`;
    const secret = (what: string): string => canaries.make(what);
    await send('POST', create, { ...servers.bodies.minio, name: 'x', password: secret('secret in an unknown field') });
    await send('POST', create, {
      ...servers.bodies.minio,
      name: 'x',
      secret_key: { value: secret('secret in an object') },
    });
    await send('POST', create, {
      ...servers.bodies.minio,
      name: 'x',
      secret_key: `${secret('secret with NUL')}\u0000`,
    });
    await send('POST', create, {
      ...servers.bodies.aws_s3,
      name: 'x',
      region: 'nowhere',
      secret_key: secret('secret of an invalid create'),
    });
    await send('POST', create, undefined, {
      raw: `{"secret_key": "${secret('secret in broken JSON').replaceAll(/["\\]/g, '')}`,
    });
    await send('POST', create, undefined, {
      raw: JSON.stringify({ secret_key: secret('secret in a large body'), x: 'x'.repeat(70_000) }),
    }).catch(() => undefined);
    await send('POST', create, {
      ...servers.bodies.sftp,
      name: 'key',
      private_key: secret('private key that is none'),
      passphrase: secret('passphrase'),
    });
    await send('POST', create, {
      ...servers.bodies.minio,
      name: 'y',
      endpoint_url: `http://user:${canaries.plain('secret in a URL')}@127.0.0.1:9000`,
    });
    await test({
      provider: 'minio',
      bucket: 'backups',
      endpoint_url: 'http://127.0.0.1:1',
      access_key: 'AKIA',
      secret_key: secret('secret of a refused connection'),
    });
    await test({
      provider: 'ftp',
      host: '127.0.0.1',
      port: servers.sshd.port,
      access_key: 'u',
      secret_key: canaries.plain('password to another protocol'),
    });
    const key = await send('POST', `/storage-tools/ssh-key?organization_id=${organization}`);
    await send('POST', create, {
      ...servers.bodies.sftp,
      name: 'sealed',
      secret_key: undefined,
      private_key_sealed: `${String(key.body['private_key_sealed'])}x`,
    });
    await sendInClear();
  }

  async function sendInClear(): Promise<void> {
    const connection = await amqp.connect(system.serviceAmqpUrl);
    const channel = await connection.createConfirmChannel();
    const base = { organization_id: organization, idempotency_key: randomUUID(), name: 'clear', provider: 'minio' };
    const secret = clearlySent.make('secret in clear');
    const bodies = [
      { ...base, secret_key: secret },
      { ...base, credentials: { access_key: 'AKIA', secret_key: secret } },
      { pattern: 'storage.create', data: { ...base, credentials: secret } },
    ];
    const ids = bodies.map(() => randomUUID());
    bodies.forEach((body, index) =>
      channel.publish('storage.commands', 'storage.create', Buffer.from(JSON.stringify(body)), {
        messageId: ids[index],
        userId: 'backup',
        headers: { schema: schemaOf('storage.create'), 'organization-id': organization },
      }),
    );
    await channel.waitForConfirms();
    await connection.close();
    await eventually(async () => {
      const letters = await listDeadLetters(system.workerAmqpUrl);
      for (const id of ids) {
        expect(letters.find((letter) => letter.id === id)).toMatchObject({
          reason: 'credentials.not_sealed',
          body_replaced: true,
        });
      }
    });
  }

  it('is in many places of these tests', () => {
    expect(canaries.size).toBeGreaterThan(30);
    expect(transcript.length).toBeGreaterThan(60);
  });

  it('is in no answer and no stream of events', () => {
    expect(transcript.flatMap((answer) => [...canaries.in(answer), ...clearlySent.in(answer)])).toEqual([]);
  });

  it('is in no log of any process, although they tell all', () => {
    const logs = system.logs();
    expect(logs.length).toBeGreaterThan(1000);
    expect([...canaries.in(logs), ...clearlySent.in(logs)]).toEqual([]);
  });

  it('is in no metric, argument or environment of a process', async () => {
    for (const { process: child, url } of [gateway, ...system.workers]) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toContain('process_start_time_seconds');
      expect([...canaries.in(metrics), ...canaries.inProcess(await child.pid)]).toEqual([]);
    }
  });

  it('is in no message of the broker: the firehose saw none, but what came in clear', () => {
    expect(firehose.messages).toBeGreaterThan(100);
    expect([...firehose.hits]).toEqual([]);
  });

  it('is in no file of the broker, and no dead letter has kept what came in clear', async () => {
    expect((await canaries.inDirectory(directories.broker)).hits).toEqual([]);
    const connection = await amqp.connect(broker.url);
    const channel = await connection.createChannel();
    const letters: string[] = [];
    for (;;) {
      const letter = await channel.get('storage-worker.dlq');
      if (letter === false) break;
      letters.push(letter.content.toString() + JSON.stringify(letter.properties));
    }
    await connection.close();
    expect(letters.length).toBeGreaterThanOrEqual(3);
    expect(clearlySent.in(letters.join('\n'))).toEqual([]);
    await dropDeadLetters(system.workerAmqpUrl, { ids: 'all' });
  });

  it(
    'is in no table and no file of the database',
    async () => {
      const tables = await scanTables(system.databaseUrl, canaries);
      expect(tables.rows).toBeGreaterThan(50);
      expect(tables.hits).toEqual([]);
      expect((await scanTables(system.databaseUrl, clearlySent)).hits).toEqual([]);
      const files = await canaries.inDirectory(directories.postgres);
      expect(files.files).toBeGreaterThan(500);
      expect(files.hits).toEqual([]);
    },
    FILES_MS,
  );

  it(
    'is not in the heap of the gateway, a minute after the last request',
    async () => {
      await sleep(Math.max(0, lastRequest + QUIET_MS - Date.now()));
      mkdirSync(directories.heap, { recursive: true });
      await gateway.process.signal('SIGUSR2');
      const snapshot = await snapshotIn(directories.heap, gateway);
      // It is a snapshot of this process: what it must know is in it.
      const ours = new Canaries();
      ours.add('JWT_SECRET', system.secrets.jwtSecret);
      expect(await ours.inFile(snapshot)).not.toEqual([]);
      expect([...(await canaries.inFile(snapshot)), ...(await clearlySent.inFile(snapshot))]).toEqual([]);
      rmSync(snapshot);
    },
    QUIET_MS + 90_000,
  );
});

/** The file when it is whole: the process answers again. */
async function snapshotIn(directory: string, { url }: SystemProcess): Promise<string> {
  let name: string | undefined;
  await eventually(async () => {
    name = readdirSync(directory).find((file) => file.endsWith('.heapsnapshot'));
    expect(name).toBeDefined();
    expect((await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(60_000) })).ok).toBe(true);
  }, 60_000);
  return join(directory, name!);
}
