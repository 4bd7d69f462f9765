import { createInterface } from 'node:readline';
import { listen, type Listening } from './listening.js';

/** Replies by verb in place of the usual ones. */
export type Replies = Partial<Record<string, string>>;

const USUAL: Replies = {
  AUTH: '502 No TLS here',
  USER: '331 Password?',
  PASS: '230 Come in',
  TYPE: '200 OK',
  OPTS: '200 OK',
  FEAT: '211 None',
  PWD: '257 "/" is where you are',
  CWD: '250 OK',
  MKD: '257 "x" made',
  SYST: '215 UNIX',
  NOOP: '200 OK',
  QUIT: '221 Bye',
};

/** An FTP server that speaks clear text and sends its clients where it likes. */
export function startHostileFtp(replies: Replies = {}): Promise<Listening> {
  return listen((socket) => {
    const say = (reply: string): void => void (socket.writable && socket.write(`${reply}\r\n`));
    say(replies['greeting'] ?? '220 ready');
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const verb = line.split(' ')[0]!.toUpperCase();
      say(replies[verb] ?? USUAL[verb] ?? '500 What?');
    });
  });
}

/** PASV reply that names this address and port. */
export function passive(address: string, port: number): string {
  return `227 Entering Passive Mode (${address.replaceAll('.', ',')},${port >> 8},${port & 255})`;
}

export const extendedPassive = (port: number): string => `229 Entering Extended Passive Mode (|||${port}|)`;
