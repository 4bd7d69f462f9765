import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect } from 'node:net';
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { createDialer } from './create-dialer.js';

const LOOPBACK = { allow: [], deny: [], allowLoopback: true };
const PUBLIC_ONLY = { ...LOOPBACK, allowLoopback: false };
const MINIO = { provider: 'minio', organizationId: null } as const;
const soon = () => AbortSignal.timeout(5000);

let server: Server;
let port: number;
const accepted: Socket[] = [];

beforeAll(async () => {
  server = createTcpServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  for (const socket of accepted.splice(0)) socket.destroy();
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const failing = async (work: Promise<Socket>): Promise<StorageFailure> => {
  const outcome = await work.catch((error: unknown) => error);
  if (outcome instanceof StorageFailure) return outcome;
  throw new Error('it did not fail as it should', { cause: outcome });
};

describe('the dialer', () => {
  it('connects and tells its steps', async () => {
    const steps: string[] = [];
    const observer: StepObserver = {
      step: (name) => steps.push(name),
      warn: () => undefined,
      hostKey: () => undefined,
      found: () => undefined,
    };
    const dialer = createDialer(LOOPBACK, MINIO, { resolve: () => Promise.resolve(['127.0.0.1']) });
    const socket = await dialer.connect({ host: 'storage.example', port, signal: soon(), observer });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(steps).toEqual(['resolve', 'connect']);
    socket.destroy();
  });

  it('refuses a denied literal plainly, and reaches nothing', async () => {
    const dialer = createDialer(PUBLIC_ONLY, MINIO);
    const failure = await failing(dialer.connect({ host: '127.0.0.1', port, signal: soon() }));
    expect(failure.code).toBe('target.forbidden');
    expect(accepted).toHaveLength(0);
  });

  it('answers alike for a name that does not exist and for one that leads to a denied address', async () => {
    const missing = createDialer(PUBLIC_ONLY, MINIO, {
      resolve: () => Promise.reject(new StorageFailure('network.unreachable', { step: 'resolve' })),
    });
    const denied = createDialer(PUBLIC_ONLY, MINIO, { resolve: () => Promise.resolve(['127.0.0.1']) });
    const target = { host: 'storage.example', port, signal: soon() };
    const [a, b] = [await failing(missing.connect(target)), await failing(denied.connect(target))];
    expect([a.code, a.detail]).toEqual([b.code, b.detail]);
    expect(a.code).toBe('network.unreachable');
  });

  it('is spoilt by one denied address among public ones', async () => {
    const dialer = createDialer(PUBLIC_ONLY, MINIO, { resolve: () => Promise.resolve(['93.184.216.34', '10.0.0.1']) });
    const failure = await failing(dialer.connect({ host: 'storage.example', port: 443, signal: soon() }));
    expect(failure.code).toBe('network.unreachable');
  });

  it('tells a refused connection', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const closedPort = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const failure = await failing(
      createDialer(LOOPBACK, MINIO).connect({ host: '127.0.0.1', port: closedPort, signal: soon() }),
    );
    expect(failure.code).toBe('network.refused');
  });

  it('refuses a port of another kind of service before any look-up', async () => {
    const resolve = () => Promise.reject(new Error('looked up'));
    const failure = await failing(
      createDialer(LOOPBACK, MINIO, { resolve }).connect({ host: 'x.example', port: 5432, signal: soon() }),
    );
    expect(failure.code).toBe('target.port_forbidden');
  });

  it('ends when its signal fires, in the look-up and in the handshake', async () => {
    const hanging = createDialer(LOOPBACK, MINIO, { resolve: () => new Promise(() => undefined) });
    const lookup = await failing(hanging.connect({ host: 'x.example', port, signal: AbortSignal.timeout(20) }));
    expect(lookup.code).toBe('network.name_server');
    const silent = createDialer(LOOPBACK, MINIO);
    const handshake = await failing(
      silent.connectTls({ host: '127.0.0.1', port, signal: AbortSignal.timeout(20) }, {}),
    );
    expect(handshake.code).toBe('network.no_response');
  });

  it('destroys the socket that an aborted handshake was on', async () => {
    const signal = AbortSignal.timeout(20);
    const socket = connect(port, '127.0.0.1');
    await failing(createDialer(LOOPBACK, MINIO).upgradeTls(socket, { host: '127.0.0.1', port, signal }, {}));
    expect(socket.destroyed).toBe(true);
  });
});
