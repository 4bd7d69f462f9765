import type { Socket } from 'node:net';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FTPResponse } from 'basic-ftp';
import { networkFailure } from '../dialer/network-symptoms.js';
import { StorageFailure } from '../failure.js';
import type { ControlConnection } from './control-connection.js';
import type { DataConnections } from './data-connection.js';
import { unlessRefused } from './symptoms.js';

/** How long the server may take to say on the control connection why a data connection broke. */
const LAST_WORD_MS = 3000;

export interface Transfer {
  data: Socket;
  /** The server's last word on the transfer. Rejects with an FTPError, or with a StorageFailure. */
  outcome: Promise<FTPResponse>;
  /** Closes the data connection, whatever state it is in. */
  close: () => void;
}

const IS_ASCII = /^[\x20-\x7e]*$/;

/** A login: one control connection, and data connections beside it, one at a time. */
export class FtpSession {
  #loginDirectory: string | undefined;
  #speaksUtf8 = false;

  constructor(
    private readonly control: ControlConnection,
    private readonly dataConnections: DataConnections,
    /** Names from FEAT, e.g. `MLST` (RFC 2389). */
    readonly features: ReadonlySet<string>,
  ) {}

  get lost(): StorageFailure | undefined {
    return this.control.lost;
  }

  end(failure?: StorageFailure): void {
    this.control.end(failure);
  }

  endOn(signal: AbortSignal, onEnd?: (failure: StorageFailure) => void): () => void {
    return this.control.endOn(signal, onEnd);
  }

  /** @throws FTPError, StorageFailure */
  async request(command: string): Promise<FTPResponse> {
    if (!IS_ASCII.test(command)) await this.speakUtf8();
    return this.control.request(command);
  }

  /** Absolute; what is relative is so to this. To be asked for before another directory is entered. */
  async loginDirectory(): Promise<string> {
    return (this.#loginDirectory ??= pathIn(await this.request('PWD')));
  }

  /** Some servers that can have to be told (draft-ietf-ftpext-utf-8-option); names in ASCII do without. */
  async speakUtf8(): Promise<void> {
    if (this.#speaksUtf8 || !this.features.has('UTF8')) return;
    this.#speaksUtf8 = true;
    await this.control.request('OPTS UTF8 ON').catch(unlessRefused);
  }

  /** Sends a command that has a data connection. @throws FTPError the server's refusal; StorageFailure */
  async transfer(command: string, signal: AbortSignal): Promise<Transfer> {
    if (!IS_ASCII.test(command)) await this.speakUtf8();
    const socket = await this.dataConnections.open(signal);
    socket.on('error', () => undefined);
    const secured = this.control.isSecure ? this.dataConnections.secure(socket, signal) : Promise.resolve(socket);
    secured.catch(() => undefined);
    let onBegin = () => {};
    const begun = new Promise<void>((resolve) => (onBegin = resolve));
    const outcome = this.control.transfer(command, onBegin);
    outcome.catch(() => undefined);
    try {
      await Promise.race([begun, outcome]);
      const data = await this.#handshake(secured, outcome);
      const close = () => {
        data.destroy();
        socket.destroy();
      };
      // A lost control connection takes the data connection with it; a refusal leaves that to the server.
      outcome.catch((error: unknown) => error instanceof StorageFailure && close());
      return { data, outcome, close };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Why a data connection broke: the server's own refusal, which may come after it on the control connection, else what
   * the break itself tells.
   */
  async whyBroken({ outcome }: Pick<Transfer, 'outcome'>, error: unknown): Promise<unknown> {
    const word = await this.#lastWord(outcome);
    if (word instanceof Error) return word;
    return networkFailure(error, { cause: error }) ?? error;
  }

  /** Waits until the session can take another command, or ends it. */
  async settle({ outcome }: Pick<Transfer, 'outcome'>): Promise<void> {
    await this.#lastWord(outcome);
  }

  async #handshake(secured: Promise<Socket>, outcome: Promise<FTPResponse>): Promise<Socket> {
    try {
      const socket = await secured;
      socket.on('error', () => undefined);
      return socket;
    } catch (error) {
      const reason = await this.whyBroken({ outcome }, error);
      if (reason instanceof StorageFailure && /^(network\.reset|tls\.handshake)$/.test(reason.code)) {
        throw new StorageFailure('ftp.tls_session', { cause: reason });
      }
      throw reason;
    }
  }

  /** The reply or refusal. A server that owes it for too long makes the session useless. */
  async #lastWord(outcome: Promise<FTPResponse>): Promise<FTPResponse | Error | undefined> {
    const settled = outcome.catch((error: Error) => error);
    const giveUp = new AbortController();
    const word = await Promise.race([
      settled,
      sleep(LAST_WORD_MS, undefined, { signal: giveUp.signal }).catch(() => undefined),
    ]);
    giveUp.abort();
    if (word === undefined) this.end();
    return word;
  }
}

/** RFC 959 appendix II: the path stands in quotes, quotes in it are doubled. */
function pathIn({ message }: FTPResponse): string {
  const quoted = /"((?:[^"]|"")*)"/.exec(message)?.[1] ?? '/';
  return posix.resolve('/', quoted.replaceAll('""', '"'));
}
