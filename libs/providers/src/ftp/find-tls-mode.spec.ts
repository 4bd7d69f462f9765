import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Dialer } from '../dialer/dialer.js';
import { findTlsMode } from './find-tls-mode.js';

describe('findTlsMode', () => {
  let server: Server;
  let port: number;
  let greeting: string;
  let answer: string;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(greeting);
      socket.on('data', (data: Buffer) => {
        asked.push(data.toString());
        if (answer === '') socket.destroy();
        else socket.write(answer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const dialer = {
    connect: async (target: { host: string; port: number }): Promise<Socket> => {
      const socket = connect(target.port, target.host);
      await once(socket, 'connect');
      return socket;
    },
  } as unknown as Dialer;
  const find = (given: { greeting?: string; answer?: string }) => {
    greeting = given.greeting ?? '220 ready\r\n';
    answer = given.answer ?? '';
    asked.length = 0;
    return findTlsMode({ host: '127.0.0.1', port, dialer, signal: AbortSignal.timeout(500) });
  };

  it('is explicit where AUTH TLS is taken, and nothing else was sent', async () => {
    await expect(find({ answer: '234 go ahead\r\n' })).resolves.toBe('explicit');
    expect(asked).toEqual(['AUTH TLS\r\n']);
  });

  it('reads greetings of several lines', async () => {
    const greeting = '220-Welcome\r\n to\r\n234 things\r\n220 ready\r\n';
    await expect(find({ greeting, answer: '502 no\r\n' })).resolves.toBe('none');
  });

  it.each([500, 502, 504])('is none where AUTH TLS is answered with %d', async (code) => {
    await expect(find({ answer: `${code} what?\r\n` })).resolves.toBe('none');
  });

  it.each([
    ['a server that is busy', { answer: '421 too many users\r\n' }, 'quota.connections'],
    ['a server that refuses for now', { answer: '534 policy\r\n' }, 'ftp.tls_unsupported'],
    ['a server that speaks something else', { greeting: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'ftp.not_ftp'],
    ['a server that hangs up', { answer: '' }, 'network.dropped'],
    ['a server that never ends its line', { greeting: '2'.repeat(9000) }, 'ftp.not_ftp'],
    ['a server that says nothing', { greeting: '', answer: '' }, 'network.no_response'],
  ])('does not step down to clear text for %s', async (_what, given, code) => {
    await expect(find(given)).rejects.toMatchObject({ code });
  });

  it('is implicit on port 990 without asking', async () => {
    const target = { host: '127.0.0.1', port: 990, dialer, signal: AbortSignal.timeout(2000) };
    await expect(findTlsMode(target)).resolves.toBe('implicit');
  });
});
