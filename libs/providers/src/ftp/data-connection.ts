import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FTPResponse } from 'basic-ftp';
import type { Dialer } from '../dialer/dialer.js';
import { StorageFailure } from '../failure.js';
import type { ControlConnection } from './control-connection.js';
import { codeOf } from './symptoms.js';

const LOWEST_PORT = 1024;
const COMMANDS = ['EPSV', 'PASV'] as const;
export type PassiveCommand = (typeof COMMANDS)[number];

export interface DataConnectionOptions {
  dialer: Dialer;
  /** As configured: what the certificate must name. */
  host: string;
  ca: string | null;
}

/**
 * Opens data connections, passive ones only: always to the address of the control connection, whatever the server names
 * (RFC 2577 section 3), so that no server can send us elsewhere, and one behind NAT works all the same.
 */
export class DataConnections {
  /** The one that has worked before. */
  #proven: PassiveCommand | undefined;

  constructor(
    private readonly control: ControlConnection,
    private readonly options: DataConnectionOptions,
  ) {}

  /** @throws StorageFailure `ftp.passive_blocked`, `ftp.passive_address`, `ftp.command_unsupported` */
  async open(signal: AbortSignal): Promise<Socket> {
    let failure: unknown;
    for (const command of this.#proven ? [this.#proven] : COMMANDS) {
      try {
        const socket = await this.#openBy(command, signal);
        this.#proven = command;
        return socket;
      } catch (error) {
        if (signal.aborted || this.control.lost) throw error;
        // A port that was tried tells more than a command that is not known.
        if (failure === undefined || error instanceof StorageFailure) failure = error;
      }
    }
    if (failure instanceof StorageFailure) throw failure;
    const values = { command: 'a passive mode (EPSV or PASV)' };
    throw new StorageFailure(codeOf(failure) === 425 ? 'ftp.passive_blocked' : 'ftp.command_unsupported', { values });
  }

  /** To be started before the command is sent, and awaited after: servers differ in when they shake hands. */
  async secure(socket: Socket, signal: AbortSignal): Promise<TLSSocket> {
    const { dialer, host, ca } = this.options;
    const port = socket.remotePort ?? 0;
    const tls = await dialer.upgradeTls(socket, { host, port, signal }, { ca, session: this.control.tlsSession });
    tls.on('session', (session: Buffer) => (this.control.tlsSession = session));
    return tls;
  }

  async #openBy(command: PassiveCommand, signal: AbortSignal): Promise<Socket> {
    const { host: named, port } = addressIn(command, await this.control.request(command));
    const host = this.control.socket.remoteAddress ?? '';
    if (port < LOWEST_PORT) throw blocked(host, port);
    try {
      return await this.options.dialer.connect({ host, port, signal, sameHostAs: this.control.socket });
    } catch (error) {
      if (signal.aborted) throw error;
      if (named === undefined || named === host) throw blocked(host, port, error);
      throw new StorageFailure('ftp.passive_address', { values: { data_host: named }, cause: error });
    }
  }
}

/** @throws StorageFailure `ftp.unrecognised` */
function addressIn(command: PassiveCommand, { message }: FTPResponse): { host?: string; port: number } {
  // RFC 2428 section 3: (<d><d><d><port><d>), where <d> is nearly always a bar.
  const extended = command === 'EPSV' ? /\((.)\1\1(\d{1,5})\1\)/.exec(message) : null;
  if (extended) return { port: Number(extended[2]) };
  const plain = command === 'PASV' ? /(\d{1,3},\d{1,3},\d{1,3},\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(message) : null;
  if (plain?.[1]) return { host: plain[1].replaceAll(',', '.'), port: Number(plain[2]) * 256 + Number(plain[3]) };
  throw new StorageFailure('ftp.unrecognised', { values: { command } });
}

const blocked = (host: string, port: number, cause?: unknown): StorageFailure =>
  new StorageFailure('ftp.passive_blocked', { values: { data_host: host, data_port: port }, cause });
