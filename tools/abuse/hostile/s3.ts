import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { drip, listen, type Listening, pourForever } from './listening.js';

const head = (headers: string[], status = '200 OK'): string => [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n');
const XML = 'Content-Type: application/xml';
const MIB = 1024 * 1024;

/** What a server can do to whoever takes it for an S3 service: each answers every request so. */
export const S3_ATTACKS: Record<string, (socket: Socket) => void> = {
  'a DOCTYPE of 1 MiB': (socket) => whole(socket, '<!DOCTYPE a>'.repeat(MIB / 12)),
  'a refusal of a DOCTYPE of 1 MiB': (socket) => whole(socket, '<!DOCTYPE a>'.repeat(MIB / 12), '403 Forbidden'),
  '20 000 levels': (socket) => whole(socket, '<a>'.repeat(20_000) + '</a>'.repeat(20_000), '403 Forbidden'),
  'a web page of 4 MB': (socket) => whole(socket, `<html><b>${'<i>x</i>'.repeat(500_000)}`, '500 Oops'),
  'a list of a million': (socket) => whole(socket, list(1_000_000)),
  'a body without end': (socket) => {
    socket.write(head([XML, 'Transfer-Encoding: chunked']));
    pourForever(socket, Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`));
  },
  'headers of a byte at a time': (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX: y\r\n'),
  'a body of a byte at a time': (socket) => {
    socket.write(head([XML, 'Content-Length: 100000']));
    drip(socket, '<a>');
  },
  'headers of 100 KB': (socket) => socket.write(head([`X-Long: ${'y'.repeat(100_000)}`])),
  'a gzip bomb': (socket) => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    socket.write(head([XML, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`]));
    socket.write(bomb);
  },
  silence: () => undefined,
  'another protocol': (socket) => socket.write('220 mail.example ESMTP\r\n'),
  'an error code of control characters': (socket) =>
    whole(
      socket,
      '<Error><Code>Evil\u001b[31m\u202e</Code><Message>\u001b]0;x\u0007 {"level":60}\n</Message></Error>',
      '403 No',
    ),
  'a Content-Length that lies': (socket) => socket.end(`${head([XML, 'Content-Length: 9999999999'])}<a/>`),
  'two answers at once': (socket) => whole(socket, '<a/>' + head([XML, 'Content-Length: 0'])),
};

/** Answers every request on a connection by the attack, begun when the first bytes of it are there. */
export function startHostileS3(attack: (socket: Socket) => void): Promise<Listening> {
  return listen((socket) => socket.once('data', () => attack(socket)));
}

/** Sends every request elsewhere. */
export function startRedirectingS3(status: number, location: string): Promise<Listening> {
  const body = `<Error><Code>PermanentRedirect</Code><Endpoint>${new URL(location).host}</Endpoint></Error>`;
  return listen((socket) =>
    socket.on('data', () => {
      const headers = [`Location: ${location}`, XML, `Content-Length: ${body.length}`, 'Connection: close'];
      socket.end(`${head(headers, `${status} Elsewhere`)}${body}`);
    }),
  );
}

function whole(socket: Socket, body: string, status?: string): void {
  socket.write(head([XML, `Content-Length: ${Buffer.byteLength(body)}`, 'ETag: "x"', 'Connection: close'], status));
  socket.write(body);
}

function list(entries: number): string {
  return `<ListBucketResult>${'<Contents><Key>k</Key><Size>1</Size></Contents>'.repeat(entries)}</ListBucketResult>`;
}
