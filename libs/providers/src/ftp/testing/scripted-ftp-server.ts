import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface FtpScript {
  /** Default `220 ready`; empty: the server is silent. */
  greeting?: string;
  /** In place of the usual reply; by the verb. Empty: the server hangs up. */
  replies?: Record<string, string>;
  /** What LIST, MLSD and RETR send. */
  data?: string;
  /** Logins at once; further ones are refused with 421. */
  maxConnections?: number;
}

export interface ScriptedFtpServer {
  port: number;
  /** Port of the data connections, e.g. for a PASV reply. */
  dataPort: number;
  /** Commands in the order received. */
  received: string[];
  stop(): Promise<void>;
}

/** An FTP server on 127.0.0.1 that says what it is told to, for wire symptoms that no real server shows on demand. */
export async function startScriptedFtp(script: FtpScript = {}): Promise<ScriptedFtpServer> {
  const received: string[] = [];
  const controls = new Set<Socket>();
  const dataSockets = new Set<Socket>();
  let meetData = (_socket: Socket) => {};
  const dataServer = createServer((socket) => {
    track(socket, dataSockets);
    meetData(socket);
  });
  await listen(dataServer);
  const nextData = () => new Promise<Socket>((resolve) => (meetData = resolve));
  const controlServer = createServer((control) => {
    track(control, controls);
    if (controls.size > (script.maxConnections ?? Infinity)) control.end('421 Too many connections\r\n');
    else converse(control, { script, received, dataPort: portOf(dataServer), nextData });
  });
  await listen(controlServer);

  return {
    port: portOf(controlServer),
    dataPort: portOf(dataServer),
    received,
    stop: async () => {
      for (const socket of [...controls, ...dataSockets]) socket.destroy();
      await Promise.all([close(controlServer), close(dataServer)]);
    },
  };
}

interface Conversation {
  script: FtpScript;
  received: string[];
  dataPort: number;
  nextData: () => Promise<Socket>;
}

function converse(control: Socket, { script, received, dataPort, nextData }: Conversation): void {
  const { greeting = '220 ready', replies = {}, data: content = '' } = script;
  const say = (reply: string) => {
    if (control.writable) control.write(`${reply.replace('DATA_PORT', String(dataPort))}\r\n`);
  };
  let data: Promise<Socket> | undefined;

  const answer = async (verb: string) => {
    const reply = replies[verb] ?? USUAL[verb] ?? '500 unknown command';
    if (reply === '') control.end();
    else say(reply);
    if (/^(227|229)/.test(reply)) data = nextData();
    if (!reply.startsWith('150')) return;
    const socket = await data;
    if (verb === 'STOR') await drained(socket);
    else socket?.end(content);
    say(replies[`${verb} END`] ?? '226 done');
  };

  if (greeting !== '') say(greeting);
  createInterface({ input: control })
    .on('error', () => undefined)
    .on('line', (line) => {
      received.push(line);
      void answer(line.split(' ')[0] ?? '');
    });
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
}

const USUAL: Record<string, string> = {
  AUTH: '502 no TLS here',
  USER: '331 password?',
  PASS: '230 welcome',
  FEAT: '211 none',
  TYPE: '200 binary',
  PWD: '257 "/"',
  CWD: '250 there',
  NOOP: '200 well',
  EPSV: '229 passive (|||DATA_PORT|)',
  LIST: '150 here it comes',
  RETR: '150 here it comes',
  STOR: '150 go on',
  DELE: '250 gone',
  QUIT: '221 bye',
};

const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function drained(data: Socket | undefined): Promise<void> {
  await new Promise((resolve) => data?.once('close', resolve).resume());
}
