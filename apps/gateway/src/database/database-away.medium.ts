import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { generateWorkerKeys, publicHalf } from '@stowage/encryption';
import { InProcessBroker } from '@stowage/messaging';
import { createGateway } from '../create-gateway.js';
import { R2_BODY } from '../testing/bodies.js';
import { ScriptedWorker, SILENCE } from '../testing/scripted-worker.js';
import { testEnvironment, TestOrganization } from '../testing/test-gateway.js';

/** Generous: what is proven is that there is an end, and that it comes from us. */
const AN_END_MS = 8_000;
/** rest.md gives a write 5 s; some is for the way. */
const WRITE_MS = 5_500;

describe.each([
  ['refuses connections', refusingPort],
  ['accepts and stays silent', silentServer],
])('a database that %s', (_what, startDatabase) => {
  let database: { url: string; stop: () => Promise<void> };
  let app: NestFastifyApplication;
  let url: string;
  const broker = new InProcessBroker();
  const organization = new TestOrganization();

  beforeAll(async () => {
    database = await startDatabase();
    const environment = testEnvironment({
      DATABASE_URL: database.url,
      WORKER_PUBLIC_KEYS_FILE: publicHalf(generateWorkerKeys()),
    });
    app = await createGateway({ environment, broker, logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  }, 20_000);
  afterAll(async () => {
    await app?.close();
    await broker.close();
    await database?.stop();
  });

  it('lets the gateway start, live, and say that it is not ready', async () => {
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    await expect(ready.json()).resolves.toMatchObject({ status: 'unready', database: 'down' });
  });

  it.each([
    `/storage-configs?organization_id=${organization.id}`,
    `/storage-configs/${randomUUID()}`,
    '/storage-settings',
  ])(
    'makes GET %s a 503 that says when to try again',
    async (path) => {
      const response = await fetch(`${url}/api/v1/backups${path}`, {
        headers: { authorization: `Bearer ${await organization.token()}` },
        signal: AbortSignal.timeout(AN_END_MS),
      });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      await expect(response.json()).resolves.toMatchObject({ code: 'request.unavailable' });
    },
    AN_END_MS + 2_000,
  );

  it(
    'makes a write that the worker does not answer a 503 within its deadline: the time to look for its outcome is part of it',
    async () => {
      const worker = new ScriptedWorker(broker);
      worker.on('storage.create', () => SILENCE);
      await worker.start();
      const answer = fetch(`${url}/api/v1/backups/storage-configs?organization_id=${organization.id}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await organization.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify(R2_BODY),
        signal: AbortSignal.timeout(WRITE_MS),
      });
      const response = await answer.finally(() => void worker.stop());
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      await expect(response.json()).resolves.toMatchObject({ code: 'request.unavailable' });
    },
    AN_END_MS + 2_000,
  );

  it('leaves what needs no database alone', async () => {
    expect((await fetch(`${url}/api/v1/backups/storage-keys`)).status).toBe(200);
  });
});

async function refusingPort() {
  const { server, url } = await listening();
  server.close();
  return { url, stop: async () => undefined };
}

async function silentServer() {
  const { server, url } = await listening();
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  return {
    url,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function listening(): Promise<{ server: Server; url: string }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `postgres://gateway@127.0.0.1:${(server.address() as AddressInfo).port}/stowage` };
}
