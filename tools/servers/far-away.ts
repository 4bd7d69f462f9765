import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dialer } from '@stowage/providers/open';

/**
 * The dialer, with every server as far away as that: each connection goes through a proxy of its own port, so FTP's data
 * connections too. Opening one takes a round trip, as the handshake of TCP does; with the proxy it would take none.
 */
export class FarAway {
  private readonly proxies = new Map<number, Promise<Server>>();

  constructor(
    private readonly dialer: Dialer,
    readonly roundTripMs: number,
  ) {}

  readonly dial: Dialer = {
    connect: async (target) => this.dialer.connect(await this.throughProxy(target)),
    connectTls: async (target, tls) => this.dialer.connectTls(await this.throughProxy(target), tls),
    upgradeTls: (socket, target, tls) => this.dialer.upgradeTls(socket, target, tls),
  };

  async stop(): Promise<void> {
    for (const proxy of this.proxies.values()) (await proxy).close();
  }

  private async throughProxy<T extends { port: number }>(target: T): Promise<T> {
    const known = this.proxies.get(target.port) ?? this.startProxy(target.port);
    this.proxies.set(target.port, known);
    const { port } = (await known).address() as AddressInfo;
    await sleep(this.roundTripMs);
    return { ...target, port };
  }

  private async startProxy(port: number): Promise<Server> {
    const proxy = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host: '127.0.0.1', noDelay: true });
      this.carry(near, far);
      this.carry(far, near);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Every piece arrives later, and none overtakes another. */
  private carry(from: Socket, to: Socket): void {
    const late = (deliver: () => void) => void sleep(this.roundTripMs / 2).then(deliver);
    from.on('error', () => undefined);
    from.on('data', (piece) => late(() => void to.write(piece)));
    from.on('end', () => late(() => void to.end()));
    from.on('close', () => late(() => void to.destroy()));
  }
}
