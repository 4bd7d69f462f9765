import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Folder } from '../folder.js';
import { close, listen, LOOPBACK } from '../listening.js';
import { type Entry, longLine, machineLine, timestamp } from './listing-lines.js';

const DATA_TIMEOUT_MS = 10_000;

interface Reply {
  code: number;
  text: string;
}

class Refusal extends Error {
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text);
  }
}

/** One control connection, RFC 959 with the listings of RFC 3659 and the passive mode of RFC 2428. Passive only. */
export class FtpSession {
  #cwd = '/';
  #user = '';
  #isLoggedIn = false;
  #restart = 0;
  #renameFrom: string | null = null;
  #passive: { server: Server; connection: Promise<Socket> } | null = null;

  constructor(
    private readonly control: Socket,
    private readonly folder: Folder,
    private readonly isRight: (user: string, password: string) => boolean,
  ) {}

  async serve(): Promise<void> {
    this.control.on('error', () => undefined); // a client that goes away is its own affair
    this.#send({ code: 220, text: 'Stowage sandbox' });
    try {
      for await (const line of createInterface({ input: this.control })) {
        if (!(await this.#answer(line))) break;
      }
    } finally {
      await this.#closePassive();
      this.control.destroy();
    }
  }

  /** False when the client has said good-bye. */
  async #answer(line: string): Promise<boolean> {
    const [, verb = '', argument = ''] = /^(\S+) ?(.*)$/.exec(line.trimEnd()) ?? [];
    const command = verb.toUpperCase();
    try {
      if (!this.#isLoggedIn && !BEFORE_LOGIN.has(command)) throw new Refusal(530, 'Please log in with USER and PASS.');
      const reply = await this.#run(command, argument);
      if (reply) this.#send(reply);
    } catch (error) {
      this.#send(refusalOf(error));
    }
    return command !== 'QUIT';
  }

  async #run(command: string, argument: string): Promise<Reply | null> {
    const real = this.folder.real(argument, this.#cwd);
    switch (command) {
      case 'USER':
        this.#user = argument;
        return { code: 331, text: 'Password, please.' };
      case 'PASS':
        if (!this.isRight(this.#user, argument)) throw new Refusal(530, 'Login incorrect.');
        this.#isLoggedIn = true;
        return { code: 230, text: 'Logged in.' };
      case 'QUIT':
        return { code: 221, text: 'Good-bye.' };
      case 'FEAT':
        this.control.write(['211-Features:', ...FEATURES.map((feature) => ` ${feature}`), '211 End', ''].join('\r\n'));
        return null;
      case 'SYST':
        return { code: 215, text: 'UNIX Type: L8' };
      case 'NOOP':
      case 'OPTS':
      case 'TYPE':
      case 'MODE':
      case 'STRU':
      case 'ALLO':
        return { code: 200, text: 'OK.' };
      case 'PWD':
      case 'XPWD':
        return { code: 257, text: `"${this.#cwd.replaceAll('"', '""')}" is the current directory.` };
      case 'CDUP':
        return this.#changeDirectory('..');
      case 'CWD':
        return this.#changeDirectory(argument);
      case 'MKD':
      case 'XMKD':
        await mkdir(real);
        return { code: 257, text: `"${this.folder.visibleOf(real)}" created.` };
      case 'RMD':
      case 'XRMD':
        await rmdir(real);
        return { code: 250, text: 'Removed.' };
      case 'DELE':
        await rm(real);
        return { code: 250, text: 'Deleted.' };
      case 'RNFR':
        await stat(real);
        this.#renameFrom = real;
        return { code: 350, text: 'And to what?' };
      case 'RNTO':
        if (this.#renameFrom === null) throw new Refusal(503, 'RNFR first.');
        await rename(this.#renameFrom, real);
        this.#renameFrom = null;
        return { code: 250, text: 'Renamed.' };
      case 'SIZE':
        return { code: 213, text: String((await this.#file(real)).size) };
      case 'MDTM':
        return { code: 213, text: timestamp((await this.#file(real)).mtime) };
      case 'REST':
        if (!/^\d{1,15}$/.test(argument)) throw new Refusal(501, 'A number of bytes, please.');
        this.#restart = Number(argument);
        return { code: 350, text: `Restarting at ${argument}.` };
      case 'PASV':
        return this.#openPassive(
          (port) => `227 Entering Passive Mode (${this.#address.replaceAll('.', ',')},${port >> 8},${port & 255}).`,
        );
      case 'EPSV':
        return this.#openPassive((port) => `229 Entering Extended Passive Mode (|||${port}|)`);
      case 'MLST': {
        const line = machineLine(await entryOf(real), this.folder.visibleOf(real));
        this.control.write(`250-Listing\r\n ${line}\r\n250 End\r\n`);
        return null;
      }
      case 'MLSD':
      case 'LIST':
      case 'NLST':
        return this.#list(command, this.folder.real(argument.replace(/^-\S*\s*/, ''), this.#cwd));
      case 'RETR':
        await this.#file(real);
        return this.#transfer((data, start) => pipeline(createReadStream(real, { start }), data));
      case 'STOR':
      case 'APPE':
        return this.#store(real, command === 'APPE');
      case 'ABOR':
        await this.#closePassive();
        return { code: 226, text: 'Nothing is being transferred.' };
      default:
        throw new Refusal(502, 'Not implemented.');
    }
  }

  async #changeDirectory(path: string): Promise<Reply> {
    const found = await stat(this.folder.real(path, this.#cwd));
    if (!found.isDirectory()) throw new Refusal(550, 'Not a directory.');
    this.#cwd = this.folder.visible(path, this.#cwd);
    return { code: 250, text: `Now in ${this.#cwd}` };
  }

  async #file(real: string) {
    const found = await stat(real);
    if (!found.isFile()) throw new Refusal(550, 'Not a plain file.');
    return found;
  }

  async #list(command: string, real: string): Promise<Reply> {
    const found = await stat(real);
    const paths = found.isDirectory() ? (await readdir(real)).map((name) => join(real, name)) : [real];
    const render = { MLSD: machineLine, LIST: longLine, NLST: (_: Entry, name: string) => name }[command] ?? longLine;
    const lines = await Promise.all(paths.map(async (path) => `${render(await entryOf(path), basename(path))}\r\n`));
    return this.#transfer(async (data) => {
      data.end(lines.join(''));
    });
  }

  async #store(real: string, isAppend: boolean): Promise<Reply> {
    if (!(await stat(dirname(real))).isDirectory()) throw new Refusal(553, 'No such directory.');
    const start = this.#restart;
    const options = start > 0 ? { flags: 'r+', start } : { flags: isAppend ? 'a' : 'w' };
    return this.#transfer((data) => pipeline(data, createWriteStream(real, options)));
  }

  async #transfer(work: (data: Socket, start: number) => Promise<void>): Promise<Reply> {
    if (!this.#passive) throw new Refusal(425, 'Use PASV or EPSV first.');
    this.#send({ code: 150, text: 'Here it comes.' });
    try {
      const data = await this.#passive.connection;
      await work(data, this.#restart);
      return { code: 226, text: 'Transfer complete.' };
    } catch {
      throw new Refusal(426, 'The transfer was cut off.');
    } finally {
      this.#restart = 0;
      await this.#closePassive();
    }
  }

  async #openPassive(reply: (port: number) => string): Promise<null> {
    await this.#closePassive();
    const server = createServer({ allowHalfOpen: false });
    const connection = new Promise<Socket>((resolve, reject) => {
      const timeout = setTimeout(() => reject(new Error('nobody came')), DATA_TIMEOUT_MS).unref();
      server.once('connection', (socket) => {
        clearTimeout(timeout);
        socket.on('error', () => undefined); // told by the stream that uses it
        resolve(socket);
      });
    });
    connection.catch(() => undefined); // a client may open a port and never use it
    this.#passive = { server, connection };
    this.control.write(`${reply(await listen(server, 0, this.#address))}\r\n`);
    return null;
  }

  /** Data connections go to where the control connection has come to. */
  get #address(): string {
    return this.control.localAddress?.replace(/^::ffff:/, '') ?? LOOPBACK;
  }

  async #closePassive(): Promise<void> {
    const passive = this.#passive;
    this.#passive = null;
    if (passive?.server.listening) void close(passive.server);
  }

  #send({ code, text }: Reply): void {
    if (this.control.writable) this.control.write(`${code} ${text}\r\n`);
  }
}

const BEFORE_LOGIN = new Set(['USER', 'PASS', 'QUIT', 'FEAT', 'SYST', 'NOOP', 'OPTS', 'AUTH']);
const FEATURES = ['EPSV', 'MDTM', 'MLST type*;size*;modify*;', 'PASV', 'REST STREAM', 'SIZE', 'UTF8'];

function refusalOf(error: unknown): Reply {
  if (error instanceof Refusal) return { code: error.code, text: error.message };
  switch ((error as NodeJS.ErrnoException).code ?? '') {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: 550, text: 'No such file or directory.' };
    case 'EEXIST':
      return { code: 550, text: 'It exists already.' };
    case 'ENOTEMPTY':
      return { code: 550, text: 'The directory is not empty.' };
    case 'ENOSPC':
      return { code: 452, text: 'No space left.' };
    default:
      return { code: 550, text: 'Permission denied.' };
  }
}

async function entryOf(path: string): Promise<Entry> {
  const found = await stat(path);
  return { isFolder: found.isDirectory(), size: found.size, modified: found.mtime };
}
