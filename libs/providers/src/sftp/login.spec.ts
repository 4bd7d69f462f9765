import type { Socket } from 'node:net';
import type { AuthContext, ServerChannel } from 'ssh2';
import { StorageFailure } from '../failure.js';
import { openSftp } from './driver.js';
import { generateSshKeyPair } from './generate-key-pair.js';
import { fetchHostKey } from './host-key.js';
import { type FakeSshServerOptions, listen, startFakeSshServer } from './testing/fake-ssh-server.js';
import { loopbackDialer, sftpOptions, type SftpTarget } from './testing/sftp-options.js';

const PASSWORD = 'pass-word-canary';
const KEY = generateSshKeyPair('user').privateKey;
const PIN = `SHA256:${'A'.repeat(43)}`;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const soon = () => AbortSignal.timeout(10_000);

async function server(options?: FakeSshServerOptions) {
  const fake = await startFakeSshServer(options);
  closers.push(fake.close);
  return fake;
}

async function failureOf(target: SftpTarget, signal = soon()): Promise<StorageFailure> {
  const driver = await openSftp(sftpOptions(target).options);
  closers.push(() => driver.close());
  return driver.connect(signal).then(
    () => {
      throw new Error('The login succeeded');
    },
    (error: unknown) => error as StorageFailure,
  );
}

/** Takes the methods of each list in turn; the last of them lets nobody in. */
const offering =
  (...methods: ('publickey' | 'password' | 'keyboard-interactive')[]) =>
  (attempt: AuthContext) =>
    attempt.reject(methods);

describe('the host key', () => {
  it('is judged before anything of the login is sent', async () => {
    const fake = await server();
    const credentials = { secret_key: PASSWORD };
    const unknown = await failureOf({ port: fake.port, credentials, hostKeyPolicy: 'strict' });
    const changed = await failureOf({ port: fake.port, credentials, hostKeySha256: PIN });
    expect(unknown).toMatchObject({
      code: 'ssh.host_key.unknown',
      detail: { values: { met: fake.hostKey.sha256 }, suggested: { host_key_sha256: fake.hostKey.sha256 } },
    });
    expect(changed).toMatchObject({
      code: 'ssh.host_key.changed',
      detail: { values: { met: fake.hostKey.sha256, pinned: PIN } },
    });
    expect(changed.detail.suggested).toBeUndefined();
    expect(fake.attempts).toEqual([]);
  });

  it('is fetched without a login', async () => {
    const fake = await server();
    const met = await fetchHostKey({ host: '127.0.0.1', port: fake.port, dialer: loopbackDialer(), signal: soon() });
    expect(met).toEqual({ sha256: fake.hostKey.sha256, type: 'ssh-ed25519' });
    expect(fake.attempts).toEqual([]);
  });
});

describe('the login', () => {
  it('never sends the password to a server that takes keys only', async () => {
    const fake = await server({ authenticate: offering('publickey') });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure.code).toBe('ssh.password_not_allowed');
    expect(fake.attempts).toEqual(['none']);
  });

  it('tries the key before the password, and each once', async () => {
    const fake = await server({ authenticate: offering('publickey', 'password', 'keyboard-interactive') });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD, private_key: KEY } });
    expect(failure).toMatchObject({
      code: 'ssh.authentication_failed',
      detail: { values: { offered_words: ' (the server takes: publickey, password, keyboard-interactive)' } },
    });
    expect(fake.attempts).toEqual(['none', 'publickey', 'password']);
  });

  it('tries what it has where the server names no methods', async () => {
    const fake = await server({ authenticate: (attempt) => attempt.reject([]) });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure.code).toBe('ssh.authentication_failed');
    expect(fake.passwords).toEqual([PASSWORD]);
  });

  it('keeps a password that the server sends back out of the evidence', async () => {
    const echo = (attempt: AuthContext) =>
      attempt.method === 'password' ? attempt.reject([attempt.password as 'password']) : attempt.reject(['password']);
    const fake = await server({ authenticate: echo });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(fake.passwords).toEqual([PASSWORD]);
    expect(JSON.stringify(failure.detail)).not.toContain(PASSWORD);
    expect(failure.detail.evidence).toContain('[secret]');
  });

  it('tells a second factor that follows the password', async () => {
    const authenticate = (attempt: AuthContext) =>
      attempt.method === 'password' ? attempt.reject(['keyboard-interactive'], true) : attempt.reject(['password']);
    const fake = await server({ authenticate });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure.code).toBe('ssh.interactive_required');
  });

  it('answers one hidden question with the password, but no other question', async () => {
    const answers: string[][] = [];
    const ask = (attempt: AuthContext) => {
      if (attempt.method !== 'keyboard-interactive') return attempt.reject(['keyboard-interactive']);
      attempt.prompt([{ prompt: 'Password: ', echo: false }], (first) => {
        attempt.prompt([{ prompt: 'Code: ', echo: false }], (second) => {
          answers.push(first, second);
          attempt.reject(['keyboard-interactive']);
        });
      });
    };
    const fake = await server({ authenticate: ask });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure.code).toBe('ssh.interactive_required');
    expect(answers).toEqual([[PASSWORD], ['']]);
  });

  it('tells a password that has expired', async () => {
    const authenticate = (attempt: AuthContext) =>
      attempt.method === 'password'
        ? attempt.requestChange('Your password has expired', () => undefined)
        : attempt.reject(['password']);
    const fake = await server({ authenticate });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure.code).toBe('ssh.password_expired');
  });

  it.each([
    ['a public key', generateSshKeyPair('user').publicKey, 'ssh.key_is_public'],
    ['what is no key', 'hunter2', 'ssh.key_format'],
  ])('does not even connect with %s', async (_what, key, code) => {
    let connections = 0;
    const listener = await listen(() => connections++);
    closers.push(listener.close);
    const failure = await failureOf({ port: listener.port, credentials: { private_key: key } });
    expect(failure).toMatchObject({ code });
    expect(connections).toBe(0);
  });
});

describe('a port that does not speak SSH', () => {
  const FLOOD = Buffer.alloc(8 * 1024 * 1024, 'Welcome!\r\n');

  it.each<[string, (socket: Socket) => void, string]>([
    ['sshd that has too many logins', (socket) => void socket.end('Exceeded MaxStartups\r\n'), 'quota.connections'],
    ['an FTP server', (socket) => void socket.write('220 ready\r\n'), 'ssh.not_ssh'],
    ['a web server', (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')), 'ssh.not_ssh'],
    ['a TLS service', (socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])), 'ssh.not_ssh'],
    ['a server that floods', (socket) => void socket.write(FLOOD), 'ssh.not_ssh'],
    ['SSH version 1', (socket) => void socket.end('SSH-1.5-old\r\n'), 'ssh.protocol_version'],
    ['a server that hangs up', (socket) => void socket.end(), 'network.dropped'],
    ['a server that resets', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'network.reset'],
    ['an SSH server that hangs up', (socket) => void socket.end('SSH-2.0-busy\r\n'), 'network.dropped'],
  ])('is told: %s', async (_what, behave, code) => {
    const listener = await listen(behave);
    closers.push(listener.close);
    const failure = await failureOf({ port: listener.port, credentials: { secret_key: PASSWORD } });
    expect(failure).toMatchObject({ code });
    expect(failure.detail.evidence).toBeUndefined();
  });

  it('names the service that it met', async () => {
    const listener = await listen((socket) => socket.write('220-hello \u001b[31m\r\n'));
    closers.push(listener.close);
    const failure = await failureOf({ port: listener.port, credentials: { secret_key: PASSWORD } });
    expect(failure.detail.values?.service_words).toContain('FTP');
  });

  it.each([
    ['is silent', ''],
    ['stops after its identification', 'SSH-2.0-slow\r\n'],
  ])('does not hold us longer than the signal allows when it %s', async (_how, greeting) => {
    const listener = await listen((socket) => socket.write(greeting));
    closers.push(listener.close);
    const failure = await failureOf({ port: listener.port }, AbortSignal.timeout(100));
    expect(failure).toMatchObject({ code: 'network.no_response' });
  });

  it('is told when it has no algorithm that is still safe', async () => {
    const fake = await server({ algorithms: { kex: ['diffie-hellman-group14-sha1'] } });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure).toMatchObject({
      code: 'ssh.algorithms',
      detail: { values: { kind: 'it offers none for: key exchange algorithm' } },
    });
    expect(fake.attempts).toEqual([]);
  });
});

describe('the start of the session', () => {
  it.each<[string, FakeSshServerOptions['session'], string]>([
    ['no sftp subsystem', (session) => void session.on('subsystem', (_a, reject) => reject()), 'ssh.no_sftp'],
    [
      'a subsystem whose program is missing',
      (session) => void session.on('subsystem', (accept) => endWith(accept(), 127)),
      'ssh.no_sftp',
    ],
    [
      'a subsystem that ends as sshd does on a bad chroot',
      (session) => void session.on('subsystem', (accept) => endWith(accept(), 255)),
      'ssh.chroot',
    ],
    [
      'a login script that prints',
      (session) => void session.on('subsystem', (accept) => accept().write('Welcome to the backup server\n')),
      'ssh.garbled_session',
    ],
  ])('tells %s', async (_what, session, code) => {
    const fake = await server({ session });
    const failure = await failureOf({ port: fake.port, credentials: { secret_key: PASSWORD } });
    expect(failure).toMatchObject({ code, detail: { step: 'authenticate' } });
  });

  it('ends when the signal fires although the server never answers', async () => {
    const fake = await server({ session: (session) => void session.on('subsystem', () => undefined) });
    const failure = await failureOf(
      { port: fake.port, credentials: { secret_key: PASSWORD } },
      AbortSignal.timeout(300),
    );
    expect(failure).toMatchObject({ code: 'network.no_response' });
  });

  const endWith = (channel: ServerChannel, code: number) => {
    channel.exit(code);
    channel.close();
  };
});
