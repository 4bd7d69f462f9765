import { createServer, type AddressInfo, type Socket } from 'node:net';
import ssh2, { type SFTPWrapper } from 'ssh2';

const { STATUS_CODE } = ssh2.utils.sftp;

export interface HostileSsh {
  port: number;
  /** Passwords that clients sent, in the clear as the server reads them. */
  passwords: string[];
  connections: number;
  /** From now on it shows another host key. */
  changeKey(): void;
  stop(): Promise<void>;
}

/** An SSH server that lets everybody in, and whose directories and files have no end. */
export async function startHostileSsh(): Promise<HostileSsh> {
  let keys = [ssh2.utils.generateKeyPairSync('ed25519').private, ssh2.utils.generateKeyPairSync('ed25519').private];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    hostile.connections++;
    const ssh = new ssh2.Server({ hostKeys: [keys[0]!] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (attempt) => {
        if (attempt.method !== 'password') return attempt.reject(['password']);
        hostile.passwords.push(attempt.password);
        return attempt.accept();
      });
      client.on('session', (accept) => accept().on('sftp', (open) => answerWithoutEnd(open())));
    });
    ssh.on('error', () => undefined);
    ssh.injectSocket(socket);
  });
  const hostile: HostileSsh = {
    port: 0,
    passwords: [],
    connections: 0,
    changeKey: () => void (keys = keys.toReversed()),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hostile.port = (server.address() as AddressInfo).port;
  return hostile;
}

/** The wrapper of the server's side, whose events ssh2's types do not tell of. */
type SftpServer = SFTPWrapper & {
  on(event: string, handler: (id: number, ...rest: never[]) => void): void;
  handle(id: number, handle: Buffer): void;
  name(id: number, names: object[]): void;
  data(id: number, data: Buffer): void;
  attrs(id: number, attributes: object): void;
  status(id: number, code: number): void;
};

const ATTRIBUTES = { mode: 0o40755, uid: 0, gid: 0, size: 2 ** 40, atime: 0, mtime: 0 };
const MANY = Array.from({ length: 500 }, (_, index) => ({
  filename: `f${index}`,
  longname: `f${index}`,
  attrs: ATTRIBUTES,
}));

function answerWithoutEnd(wrapper: SFTPWrapper): void {
  const sftp = wrapper as SftpServer;
  const say = (event: string, answer: (id: number) => void) => sftp.on(event, answer);
  for (const event of ['OPEN', 'OPENDIR']) say(event, (id) => sftp.handle(id, Buffer.from('h')));
  say('READDIR', (id) => sftp.name(id, MANY));
  say('READ', (id) => sftp.data(id, Buffer.alloc(32_768, 'x')));
  say('REALPATH', (id) => sftp.name(id, [{ filename: '/', longname: '/', attrs: ATTRIBUTES }]));
  for (const event of ['STAT', 'LSTAT', 'FSTAT']) say(event, (id) => sftp.attrs(id, ATTRIBUTES));
  for (const event of ['WRITE', 'CLOSE', 'REMOVE', 'MKDIR', 'RMDIR', 'RENAME', 'SETSTAT', 'FSETSTAT']) {
    say(event, (id) => sftp.status(id, STATUS_CODE.OK));
  }
}
