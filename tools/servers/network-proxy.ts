import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the network does to each chunk of bytes. */
export interface Weather {
  /** Added one way, milliseconds. */
  latencyMs: number;
  /** Chunks are cut into pieces of so many bytes; 0 = left whole. */
  sliceBytes: number;
}

export const FAIR: Weather = { latencyMs: 0, sliceBytes: 0 };

/** What one connection passes through, one way and the other. */
export interface Passages {
  toServer: Transform;
  toClient: Transform;
}

/** Stands between a client and a server on 127.0.0.1 and spoils what lies between. */
export class NetworkProxy {
  weather: Weather = FAIR;
  private readonly pairs = new Set<[Socket, Socket]>();
  private frozen = false;
  private readonly server = createServer((client) => this.join(client));

  private constructor(
    private readonly targetPort: number,
    private readonly passagesOf?: () => Passages,
  ) {}

  /** @param passagesOf made anew for each connection; without it, the weather is all that happens to its bytes */
  static async start(targetPort: number, passagesOf?: () => Passages): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(targetPort, passagesOf);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resets all connections; new ones are taken. */
  reset(): void {
    this.each((socket) => socket.resetAndDestroy());
  }

  /** From now on nothing passes and nothing is closed: half-open connections, old and new. */
  freeze(): void {
    this.frozen = true;
    this.each((socket) => socket.pause());
  }

  /** What was frozen stays lost, as behind a firewall that forgot it. */
  thaw(): void {
    this.frozen = false;
    this.reset();
  }

  async stop(): Promise<void> {
    this.each((socket) => socket.destroy());
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect(this.targetPort, '127.0.0.1');
    const pair: [Socket, Socket] = [client, server];
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    const { toServer, toClient } = this.passagesOf?.() ?? { toServer: this.passage(), toClient: this.passage() };
    for (const passage of [toServer, toClient]) {
      passage.once('close', () => pair.forEach((end) => end.destroy()));
      passage.on('error', () => undefined);
    }
    client.pipe(toServer).pipe(server);
    server.pipe(toClient).pipe(client);
    if (this.frozen) for (const socket of pair) socket.pause();
  }

  private passage(): Transform {
    const weather = (): Weather => this.weather;
    return new Transform({
      async transform(this: Transform, chunk: Buffer, _encoding, done) {
        const { latencyMs, sliceBytes } = weather();
        if (latencyMs > 0) await sleep(latencyMs);
        const size = sliceBytes || chunk.length;
        for (let start = 0; start < chunk.length; start += size) this.push(chunk.subarray(start, start + size));
        done();
      },
    });
  }

  private each(act: (socket: Socket) => void): void {
    for (const pair of this.pairs) for (const socket of pair) act(socket);
  }
}
