import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createDialer, type EgressPolicy } from '@stowage/providers/open';
import type { Bench } from './bench.js';
import { contest, line } from './measure.js';

const OPTIONS = { rounds: 4, calls: 500, concurrency: 1 };
/** As many networks as a large platform opens: the loopback address is judged against them all but for its own rule. */
const POLICY: EgressPolicy = {
  allow: Array.from({ length: 50 }, (_, index) => ({
    cidr: `10.${index}.0.0/16`,
    ports: [9000],
    providers: ['minio'],
  })),
  deny: ['192.0.2.10/32', '192.0.2.11/32'],
  allowLoopback: true,
};

/** The dialer's checks (expected: less than 1 ms beyond DNS) against a bare look-up and connect to the same server. */
export const dialerChecks: Bench = {
  name: 'dialer-checks',
  async run() {
    const server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dialer = createDialer(POLICY, { provider: 'minio', organizationId: null });
    const target = { host: 'localhost', port, signal: AbortSignal.timeout(60_000) };
    const bare = async (): Promise<void> => {
      const addresses = await dns.lookup(target.host, { all: true });
      const address = addresses.find(({ family }) => family === 4)!.address;
      const socket = connect({ host: address, port, noDelay: true });
      await once(socket, 'connect');
      hangUp(socket);
    };
    try {
      const result = await contest(OPTIONS, async () => hangUp(await dialer.connect(target)), bare);
      return [
        'The dialer against a bare look-up and connect (ours / floor; expected less than 1 ms apart)',
        line('  connect', result),
      ];
    } finally {
      server.close();
    }
  },
};

/** With a reset, so that thousands of connections leave no ports waiting. */
function hangUp(socket: Socket): void {
  socket.resetAndDestroy();
}
