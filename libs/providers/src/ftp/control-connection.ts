import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FTPContext, FTPError, type FTPResponse } from 'basic-ftp';
import { abortFailure } from '../deadline.js';
import { networkFailure } from '../dialer/network-symptoms.js';
import { StorageFailure } from '../failure.js';

/**
 * The control connection: commands and replies, one at a time. Every promise ends: with the reply, with the server's
 * refusal (an `FTPError` whose `code` is 400 or more), or with a StorageFailure when the connection ends first.
 */
export class ControlConnection {
  /** Without the library's own timeouts, which watch idleness only: signals end everything here. */
  readonly #context = new FTPContext(0);
  #lost: StorageFailure | undefined;

  /** @param socket open, and not read from yet */
  constructor(socket: Socket) {
    this.#context.socket = socket;
  }

  get socket(): Socket {
    return this.#context.socket;
  }

  get isSecure(): boolean {
    return this.#context.socket instanceof TLSSocket;
  }

  /** What a data connection resumes; the newest ticket, as one may serve only once. */
  get tlsSession(): Buffer | undefined {
    const { socket, tlsSessionStore } = this.#context;
    return tlsSessionStore ?? (socket instanceof TLSSocket ? socket.getSession() : undefined);
  }

  set tlsSession(session: Buffer | undefined) {
    this.#context.tlsSessionStore = session;
  }

  /** Why the connection ended; undefined while it is open. */
  get lost(): StorageFailure | undefined {
    return this.#lost ?? (this.#context.closed ? new StorageFailure('network.dropped') : undefined);
  }

  /** Goes on over TLS. What the server sent before in clear is forgotten, so that nobody can have slipped it in. */
  continueOn(socket: TLSSocket): void {
    this.#context.socket = socket;
  }

  /** The first lasting reply of the server; "in a few minutes" (120) is waited for. */
  async greeting(): Promise<FTPResponse> {
    return this.#exchange(undefined);
  }

  async request(command: string): Promise<FTPResponse> {
    return this.#exchange(command);
  }

  /** A command with a data connection: the server's last word. `onBegin` is called at its first, a preliminary one. */
  async transfer(command: string, onBegin: () => void): Promise<FTPResponse> {
    return this.#exchange(command, onBegin);
  }

  /**
   * Ends the connection when the signal fires, as FTP has no dependable way to take a command back. Returns what stops
   * watching.
   *
   * @throws StorageFailure when the signal has fired already
   */
  endOn(signal: AbortSignal, onEnd: (failure: StorageFailure) => void = () => undefined): () => void {
    if (signal.aborted) throw abortFailure(signal, 'network.no_response');
    const onAbort = () => {
      const failure = abortFailure(signal, 'network.no_response');
      this.end(failure);
      onEnd(failure);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  /** Idempotent. What is pending fails with the failure, as does every later call. */
  end(failure = new StorageFailure('network.dropped')): void {
    if (this.#lost) return;
    this.#lost = failure;
    this.#context.close();
  }

  async #exchange(command: string | undefined, onBegin: () => void = () => undefined): Promise<FTPResponse> {
    try {
      return (await this.#context.handle(command, (reply, task) => {
        if (reply instanceof Error) task.reject(reply);
        else if (reply.code >= 200) task.resolve(reply);
        else onBegin();
      })) as FTPResponse;
    } catch (error) {
      if (error instanceof FTPError) throw error;
      throw (
        this.#lost ?? networkFailure(error, { cause: error }) ?? new StorageFailure('network.dropped', { cause: error })
      );
    }
  }
}
