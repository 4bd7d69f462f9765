import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createDialer } from './create-dialer.js';

describe('a data connection beside a control connection', () => {
  // As with an allowance for port 21 alone: nothing but the control connection opens the address.
  const dialer = createDialer({ allow: [], deny: [], allowLoopback: false }, { provider: 'ftp', organizationId: null });
  let server: Server;
  let control: Socket;
  const portOf = () => (server.address() as AddressInfo).port;
  const dial = (host: string, port: number, sameHostAs?: Socket) =>
    dialer.connect({ host, port, sameHostAs, signal: AbortSignal.timeout(2000) });

  beforeAll(async () => {
    server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    control = connect(portOf(), '127.0.0.1');
    await once(control, 'connect');
  });

  afterAll(() => {
    control.destroy();
    server.close();
  });

  it('may go to the address that was judged for it, on a port that no allowance names', async () => {
    await expect(dial('127.0.0.1', portOf())).rejects.toMatchObject({ code: 'target.forbidden' });
    const data = await dial('127.0.0.1', portOf(), control);
    expect(data.remoteAddress).toBe('127.0.0.1');
    data.destroy();
  });

  it('may not go to another address', async () => {
    await expect(dial('127.0.0.2', portOf(), control)).rejects.toMatchObject({ code: 'target.forbidden' });
  });

  it('may not go to the port of a service that is no storage', async () => {
    await expect(dial('127.0.0.1', 5432, control)).rejects.toMatchObject({ code: 'target.port_forbidden' });
  });
});
