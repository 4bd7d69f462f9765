import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { migrate } from '@stowage/entities';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { testEnvironment } from '../testing/test-gateway.js';
import { Database } from './database.js';

/** More than the pool has. */
const READERS = 15;

describeOnDatabase('a database host that vanishes without a word', (database) => {
  let road: Road;
  let reader: Database;

  beforeAll(async () => {
    await migrate(database.url);
    road = await Road.to(database.url);
    reader = new Database(testEnvironment({ DATABASE_URL: road.url }));
  }, 30_000);
  afterAll(async () => {
    await reader?.onApplicationShutdown();
    road?.close();
  });

  /** How reads at the same time end; slow enough to take every connection of the pool. */
  async function readAtOnce(): Promise<string[]> {
    const reads = Array.from({ length: READERS }, () =>
      reader.read([], (manager) => manager.query('SELECT pg_sleep(0.1)')),
    );
    return [...new Set((await Promise.allSettled(reads)).map(({ status }) => status))];
  }

  it('costs every read its deadline, and none after it is back', async () => {
    await expect(readAtOnce()).resolves.toEqual(['fulfilled']);
    road.block();
    await expect(readAtOnce()).resolves.toEqual(['rejected']);
    road.openForNewConnections();
    await expect(readAtOnce()).resolves.toEqual(['fulfilled']);
  }, 30_000);
});

/** Between client and server; blocked, it swallows everything and closes nothing. */
class Road {
  private readonly sockets = new Set<Socket>();
  private blocked = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<Road> {
    const target = new URL(databaseUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const road = new Road(server, Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port }).href);
    server.on('connection', (client) => road.join(client, connect(Number(target.port || 5432), target.hostname)));
    return road;
  }

  block(): void {
    this.blocked = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  openForNewConnections(): void {
    this.blocked = false;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) this.sockets.add(socket.on('error', () => undefined));
    if (!this.blocked) client.pipe(server).pipe(client);
  }
}
