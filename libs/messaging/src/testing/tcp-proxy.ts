import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and its broker, so that a test can break what lies between. */
export interface TcpProxy {
  /** The broker's URL by way of the proxy. */
  url: string;
  /** Resets all connections; new ones are taken. */
  cut(): void;
  /** Passes nothing on, in either direction, without closing: a half-open connection. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  const server = createServer((client) => {
    const broker = connect(Number(port || 5672), hostname);
    const pair: [Socket, Socket] = [client, broker];
    pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    client.pipe(broker);
    broker.pipe(client);
    if (frozen) for (const socket of pair) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const each = (act: (socket: Socket) => void): void => {
    for (const pair of pairs) for (const socket of pair) act(socket);
  };
  const url = Object.assign(new URL(target), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  return {
    url: url.href,
    cut: () => each((socket) => socket.resetAndDestroy()),
    freeze: () => {
      frozen = true;
      each((socket) => socket.unpipe().pause());
    },
    thaw: () => {
      frozen = false;
      for (const [client, broker] of pairs) client.pipe(broker).pipe(client);
    },
    close: async () => {
      each((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
