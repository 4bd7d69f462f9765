import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestResult } from '@stowage/contracts';
import type { Dialer, DialTarget } from './dialer/dialer.js';
import { NO_FIELDS } from './field-check.js';
import { resolveLocation } from './resolve-location.js';
import { loopbackDialer as s3Dialer } from './s3/testing/s3-target.js';
import { loopbackDialer as sftpDialer } from './sftp/testing/sftp-options.js';
import { type Listener, listen } from './sftp/testing/fake-ssh-server.js';
import { loopbackDialer as ftpDialer } from './ftp/testing/ftp-options.js';
import { startScriptedFtp } from './ftp/testing/scripted-ftp-server.js';
import { testStorage } from './test-storage.js';

/** Stands for the 15 s and 120 s of a real test. */
const DEADLINE_MS = 250;
/** Cleaning up may take 2 s; the rest is for a machine that is busy. */
const ALLOWED_MS = DEADLINE_MS + 2000 + 2500;
const DRIP_MS = 20;

const DIALERS = { minio: s3Dialer, sftp: sftpDialer, ftp: ftpDialer };
type Tested = keyof typeof DIALERS;

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A test of what listens on the port. */
function run(provider: Tested, port: number, dialled: Socket[]): Promise<TestResult> {
  const place =
    provider === 'minio'
      ? { endpoint_url: `http://127.0.0.1:${port}`, bucket: 'backups' }
      : { host: '127.0.0.1', port };
  const tls = provider === 'ftp' ? { tls: 'none' as const } : {};
  return testStorage({
    location: resolveLocation({
      ...NO_FIELDS,
      organization_id: null,
      provider,
      ...place,
      ...tls,
    }),
    credentials: { access_key: 'AKEXAMPLEEXAMPLE0001', secret_key: 'secret' },
    dialer: noting(provider, dialled),
    depth: 'quick',
    deadlineMs: DEADLINE_MS,
  });
}

/** A server that does to each connection what the test likes. */
async function hostile(treat: (socket: Socket) => void): Promise<Listener> {
  const listener = await listen(treat);
  closers.push(listener.close);
  return listener;
}

/** The dialer of a provider, which notes what it has dialled. */
function noting(provider: Tested, dialled: Socket[]): Dialer {
  const dialer = DIALERS[provider]();
  const connect = async (target: DialTarget): Promise<Socket> => {
    const socket = await dialer.connect(target);
    dialled.push(socket);
    return socket;
  };
  return { ...dialer, connect };
}

/** Sends the text a byte at a time, over and over. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), DRIP_MS);
  socket.once('close', () => clearInterval(timer)).resume();
}

/** Sends the text again and again, as fast as it is taken. */
function flood(socket: Socket, text: string): void {
  const block = text.repeat(Math.ceil(16_384 / text.length));
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', pour).resume();
  pour();
}

const HEAD = 'HTTP/1.1 200 OK\r\nx-amz-request-id: r\r\n';
const SSH = 'SSH-2.0-OpenSSH_9.6\r\n';

/** First the given words, then whatever follows to each line that the client sends. */
const greeting =
  (words: string, treat: (socket: Socket) => void = (socket) => void socket.resume()) =>
  (socket: Socket) => {
    socket.write(words);
    socket.once('data', () => treat(socket));
  };

const CASES: [Tested, string, (socket: Socket) => void][] = [
  ...(['minio', 'sftp', 'ftp'] as const).flatMap((provider): [Tested, string, (socket: Socket) => void][] => [
    [provider, 'accepts and is silent', (socket) => void socket.resume()],
    [provider, 'accepts and never reads', (socket) => void socket.pause()],
    [provider, 'is half open', (socket) => void socket.resume().end()],
    [provider, 'resets at once', (socket) => void socket.resetAndDestroy()],
    [provider, 'resets after the first words', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    [provider, 'drips bytes of no meaning', (socket) => drip(socket, 'x')],
    [provider, 'floods bytes of no meaning', (socket) => flood(socket, 'x')],
    [provider, 'floods lines', (socket) => flood(socket, 'words\r\n')],
  ]),
  ['minio', 'drips its headers', (socket) => drip(socket, `${HEAD}x: y\r\n`)],
  ['minio', 'drips headers without end', greeting(HEAD, (socket) => drip(socket, 'x: y\r\n'))],
  [
    'minio',
    'drips its body',
    (socket) => socket.once('data', () => (socket.write(`${HEAD}content-length: 9999\r\n\r\n<`), drip(socket, 'x'))),
  ],
  [
    'minio',
    'sends a body without end',
    (socket) => socket.once('data', () => (socket.write(`${HEAD}\r\n<a>`), flood(socket, 'x'))),
  ],
  [
    'minio',
    'resets in the middle of the body',
    (socket) =>
      socket.once(
        'data',
        () => (
          socket.write(`${HEAD}content-length: 99\r\n\r\n<a>`),
          setTimeout(() => socket.resetAndDestroy(), DRIP_MS)
        ),
      ),
  ],
  [
    'minio',
    'goes on for ever with 100 Continue',
    (socket) => socket.once('data', () => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n')),
  ],
  ['sftp', 'drips its identification', (socket) => drip(socket, 'words before SSH\r\n')],
  ['sftp', 'is silent after its identification', greeting(SSH)],
  [
    'sftp',
    'drips its key exchange',
    greeting(SSH, (socket) => (socket.write(Buffer.from([0, 0, 0x7f, 0])), drip(socket, '\x14'))),
  ],
  ['sftp', 'floods its key exchange', greeting(SSH, (socket) => flood(socket, '\0'))],
  ['sftp', 'resets in its key exchange', greeting(SSH, (socket) => void socket.resetAndDestroy())],
  ['ftp', 'drips a greeting of many lines', (socket) => drip(socket, '220-words\r\n')],
  ['ftp', 'floods a greeting of many lines', (socket) => flood(socket, '220-words\r\n')],
  ['ftp', 'is silent after its greeting', (socket) => void (socket.write('220 ready\r\n'), socket.resume())],
  ['ftp', 'drips its replies', greeting('220 ready\r\n', (socket) => drip(socket, '331-go on\r\n'))],
  ['ftp', 'floods its replies', greeting('220 ready\r\n', (socket) => flood(socket, '331-go on\r\n'))],
  [
    'ftp',
    'asks for the password again and again',
    greeting(
      '220 ready\r\n',
      (socket) => (socket.write('331 password?\r\n'), socket.on('data', () => socket.write('331 password?\r\n'))),
    ),
  ],
];

describe('a test of a server that means no good', () => {
  it.each(CASES)('%s that %s ends by its deadline, with a code and no open socket', async (provider, _how, treat) => {
    const server = await hostile(treat);
    const dialled: Socket[] = [];
    const began = performance.now();
    const result = await run(provider, server.port, dialled);
    expect(performance.now() - began).toBeLessThan(ALLOWED_MS);
    expect(result).toMatchObject({ success: false, code: expect.stringMatching(/^[a-z0-9]+\./) as string });
    expect(result.code).not.toBe('operation.failed');
    await allClosed(dialled);
  });

  it.each([
    ['is silent', () => undefined],
    ['drips', (socket: Socket) => drip(socket, 'x')],
    ['sends without end', (socket: Socket) => flood(socket, 'x')],
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
  ])('ftp whose data connection %s ends by its deadline, with a code and no open socket', async (_how, treat) => {
    const data = await hostile(treat);
    const control = await startScriptedFtp({
      replies: { EPSV: `229 passive (|||${data.port}|)`, 'STOR END': '', SIZE: '213 1' },
    });
    closers.push(() => control.stop());
    const dialled: Socket[] = [];
    const began = performance.now();
    const result = await run('ftp', control.port, dialled);
    expect(performance.now() - began).toBeLessThan(ALLOWED_MS);
    expect(result).toMatchObject({ success: false, code: expect.stringMatching(/^(network|ftp|object)\./) as string });
    await allClosed(dialled);
  });
});

async function allClosed(dialled: Socket[]): Promise<void> {
  for (let wait = 0; dialled.some(({ destroyed }) => !destroyed) && wait < 100; wait += 1) await sleep(10);
  expect(dialled.filter(({ destroyed }) => !destroyed)).toEqual([]);
}
