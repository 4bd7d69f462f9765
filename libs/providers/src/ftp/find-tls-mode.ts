import { createInterface } from 'node:readline';
import type { Socket } from 'node:net';
import type { TlsMode } from '@stowage/contracts';
import { untilAborted } from '../deadline.js';
import type { Dialer } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';

export interface FtpServer {
  host: string;
  port: number;
  dialer: Dialer;
  signal: AbortSignal;
}

const IMPLICIT_TLS_PORT = 990;
/** The only answers to AUTH TLS that mean that the server knows no TLS (RFC 4217 section 4). */
const NO_TLS = [500, 502, 504];
const MAX_BYTES = 8192;

/**
 * How an FTP server is to be spoken to, without any login: `explicit` where it takes AUTH TLS, `none` only where it says
 * that it knows no such command. What is wrong with its certificate is for the test to find, never a reason for `none`.
 *
 * @throws StorageFailure as `Dialer.connect`, and `ftp.not_ftp`, `ftp.unrecognised`, `network.dropped`,
 * `network.no_response`
 */
export async function findTlsMode({ host, port, dialer, signal }: FtpServer): Promise<TlsMode> {
  if (port === IMPLICIT_TLS_PORT) return 'implicit';
  const socket = await dialer.connect({ host, port, signal });
  try {
    return await untilAborted(askForTls(socket), signal);
  } finally {
    socket.destroy();
  }
}

async function askForTls(socket: Socket): Promise<TlsMode> {
  const replies = repliesOf(socket);
  const greeting = await nextReply(replies);
  if (greeting !== 220) throw new StorageFailure('ftp.unrecognised', { step: 'connect' });
  socket.write('AUTH TLS\r\n');
  const answer = await nextReply(replies);
  if (answer === 234) return 'explicit';
  if (NO_TLS.includes(answer)) return 'none';
  throw new StorageFailure('ftp.unrecognised', { step: 'tls' });
}

async function nextReply(replies: AsyncGenerator<number>): Promise<number> {
  const { value, done } = await replies.next();
  if (done) throw new StorageFailure('network.dropped', { step: 'connect' });
  return value;
}

/** Codes of complete replies: `234 text`, or the last line of a multi-line one (RFC 959 section 4.2). */
async function* repliesOf(socket: Socket): AsyncGenerator<number> {
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > MAX_BYTES) socket.destroy();
  });
  const lines = createInterface({ input: socket });
  // However it ends, the lines stop, and that is `network.dropped`.
  socket.on('error', () => undefined);
  socket.on('close', () => lines.close());
  let open: string | undefined;
  for await (const line of lines) {
    const [, code, separator] = /^(\d{3})([ -])/.exec(line) ?? [];
    if (open === undefined && code === undefined) throw new StorageFailure('ftp.not_ftp', { step: 'connect' });
    if (separator === ' ' && (open ?? code) === code) {
      open = undefined;
      yield Number(code);
    } else {
      open ??= code;
    }
  }
}
