import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A TCP server that does with a connection whatever a case likes. */
export interface Listening {
  port: number;
  /** Connections that came. */
  readonly accepted: number;
  /** All bytes that came, of all connections. */
  readonly received: string;
  stop(): Promise<void>;
}

/** @param host default 127.0.0.1; `::` is every address of this machine */
export async function listen(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>();
  const seen = { accepted: 0, chunks: [] as Buffer[], length: 0 };
  const server: Server = createServer({ noDelay: true }, (socket) => {
    seen.accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      if (seen.length > 1_000_000) return;
      seen.chunks.push(chunk);
      seen.length += chunk.length;
    });
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return seen.accepted;
    },
    get received() {
      return Buffer.concat(seen.chunks).toString('latin1');
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Nobody should ever come here. Listens on every address of this machine. */
export const setTrap = (): Promise<Listening> => listen((socket) => socket.end(), '::');

/** Writes the same again and again, as fast as the other side reads, until it hangs up. */
export function pourForever(socket: Socket, chunk: Buffer): void {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
}

/** One byte each `everyMs`. */
export function drip(socket: Socket, text: string, everyMs = 200): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write(text[at++ % text.length]!);
  }, everyMs);
}
