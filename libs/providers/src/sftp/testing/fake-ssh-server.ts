import { createServer, type Server as TcpServer, type AddressInfo, type Socket } from 'node:net';
import ssh2, { type Algorithms, type AuthContext, type Session } from 'ssh2';
import { type HostKey, hostKeyOf } from '../fingerprint.js';
import { generateSshKeyPair } from '../generate-key-pair.js';

export interface FakeSshServerOptions {
  /** Answers one attempt. Default: everybody is let in with any password. */
  authenticate?: (attempt: AuthContext) => void;
  /** Answers what the client asks of its session. Default: nothing is accepted. */
  session?: (session: Session) => void;
  algorithms?: Algorithms;
}

export interface FakeSshServer {
  port: number;
  hostKey: HostKey;
  /** The methods tried, in order. */
  attempts: string[];
  /** Every password that reached the server. */
  passwords: string[];
  close: () => Promise<void>;
}

/** An SSH server on loopback whose every answer a test decides. */
export async function startFakeSshServer(options: FakeSshServerOptions = {}): Promise<FakeSshServer> {
  // Not ssh2's own: three of its keys in a thousand it cannot parse itself (it drops leading zeros).
  const { privateKey, publicKey } = generateSshKeyPair('host');
  const attempts: string[] = [];
  const passwords: string[] = [];
  const authenticate = options.authenticate ?? takeAnyPassword;
  const ssh = new ssh2.Server({ hostKeys: [privateKey], algorithms: options.algorithms }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      attempts.push(attempt.method);
      if (attempt.method === 'password') passwords.push(attempt.password);
      authenticate(attempt);
    });
    client.on('session', (accept) => options.session?.(accept()));
  });
  const { port, close } = await listen((socket) => ssh.injectSocket(socket));
  const hostKey = hostKeyOf(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
  return { port, hostKey, attempts, passwords, close };
}

function takeAnyPassword(attempt: AuthContext): void {
  if (attempt.method === 'password') attempt.accept();
  else attempt.reject(['password']);
}

export interface Listener {
  port: number;
  close: () => Promise<void>;
}

/** A TCP server on loopback that does with a connection whatever a test likes. */
export async function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
