import type { Socket } from 'node:net';
import type { Client, SFTPWrapper, Stats } from 'ssh2';
import type { Credentials } from '@stowage/contracts';
import { abortFailure, untilAborted } from '../deadline.js';
import { networkFailure } from '../dialer/network-symptoms.js';
import { StorageFailure } from '../failure.js';
import { statusOf, subsystemFailure } from './symptoms.js';

/** Between the end of what a server sends and its word on how the program behind it ended (RFC 4254 section 6.10). */
const LAST_WORDS_MS = 500;

type Done<T> = (error: Error | null | undefined, value: T) => void;

export interface SessionStart {
  client: Client;
  socket: Socket;
  signal: AbortSignal;
  credentials: Credentials;
  /** As `SshStarted` has it. */
  banner: string;
}

/**
 * The SFTP requests that we use, as promises that always end: with the answer, with the server's status (an error with a
 * numeric `code`), or with a StorageFailure when the connection ends first.
 */
export class SftpSession {
  readonly #pending = new Set<(failure: StorageFailure) => void>();
  #lost: StorageFailure | undefined;
  #signal: string | undefined;
  #lastWords: NodeJS.Timeout | undefined;

  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly sftp: SFTPWrapper,
  ) {
    for (const emitter of [client, sftp]) {
      emitter.on('close', () => this.end()).on('error', (error: Error) => this.end(connectionLoss(error)));
    }
    client.on('end', () => this.end());
    sftp.on('end', () => this.#endSoon());
    sftp.on('exit', (_code: number | null, signal?: string) => (this.#signal = signal));
  }

  /** Starts the sftp subsystem, or ends the connection. @throws StorageFailure `ssh.no_sftp`, `ssh.chroot`, `ssh.garbled_session` */
  static async start({ client, socket, signal, credentials, banner }: SessionStart): Promise<SftpSession> {
    let onClose = () => {};
    const closed = new Promise<never>((_resolve, reject) => {
      onClose = () =>
        reject(subsystemFailure(new Error('The connection was closed'), { lost: true, credentials, banner }));
      client.once('close', onClose);
    });
    const started = new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)));
    }).catch((error: Error) => {
      throw subsystemFailure(error, { lost: !socket.writable, credentials, banner });
    });
    const deadline = { step: 'authenticate' } as const;
    try {
      const sftp = await untilAborted(Promise.race([started, closed]), signal, 'network.no_response', deadline);
      return new SftpSession(client, socket, sftp);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      client.off('close', onClose);
    }
  }

  /** Why the connection ended; undefined while it is open. */
  get lost(): StorageFailure | undefined {
    return this.#lost;
  }

  /** The signal that ended the program behind the session, e.g. `SIGKILL`, where the server told. */
  get signal(): string | undefined {
    return this.#signal;
  }

  /**
   * Ends the connection when the signal fires: SFTP has no way to take a request back. Returns what stops watching.
   *
   * @throws StorageFailure when the signal has fired already
   */
  endOn(signal: AbortSignal, onEnd: (failure: StorageFailure) => void = () => undefined): () => void {
    const onAbort = () => {
      this.end(abortFailure(signal, 'network.no_response'));
      onEnd(abortFailure(signal, 'network.no_response'));
    };
    if (signal.aborted) throw abortFailure(signal, 'network.no_response');
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  /** Idempotent. Whatever is pending fails with the failure, as does every later call. */
  end(failure = new StorageFailure('network.dropped')): void {
    if (this.#lost) return;
    this.#lost = failure;
    clearTimeout(this.#lastWords);
    this.client.end();
    // What is pending may be stuck on its way; where nothing is, the farewell still goes out.
    if (this.#pending.size > 0) this.socket.destroy();
    else this.socket.destroySoon();
    for (const reject of this.#pending) reject(failure);
    this.#pending.clear();
  }

  open(path: string, mode: 'r' | 'w'): Promise<Buffer> {
    return this.#request((done) => this.sftp.open(path, mode, done));
  }

  /** Bytes from the position, fewer than asked for where the server likes; empty at the end of the file. */
  async read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const block = Buffer.allocUnsafe(length);
    const bytesRead = await this.#request<number>((done) =>
      this.sftp.read(handle, block, 0, length, position, (error, count) => done(error, count)),
    );
    return block.subarray(0, bytesRead);
  }

  write(handle: Buffer, block: Buffer, position: number): Promise<void> {
    return this.#request((done) =>
      this.sftp.write(handle, block, 0, block.length, position, (error) => done(error, undefined)),
    );
  }

  /** To the disk, where the server offers that. */
  async sync(handle: Buffer): Promise<void> {
    await this.#extension((done) => this.sftp.ext_openssh_fsync(handle, done));
  }

  /** Bytes that an ordinary user may still write; null where the server does not tell. */
  async freeSpace(path: string): Promise<number | null> {
    const disk = await this.#extension<{ f_frsize: number; f_bavail: number }>((done) =>
      this.sftp.ext_openssh_statvfs(path, done),
    );
    return disk === null ? null : disk.f_bavail * disk.f_frsize;
  }

  close(handle: Buffer): Promise<void> {
    return this.#request((done) => this.sftp.close(handle, (error) => done(error, undefined)));
  }

  stat(path: string): Promise<Stats> {
    return this.#request((done) => this.sftp.stat(path, done));
  }

  statHandle(handle: Buffer): Promise<Stats> {
    return this.#request((done) => this.sftp.fstat(handle, done));
  }

  realPath(path: string): Promise<string> {
    return this.#request((done) => this.sftp.realpath(path, done));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#request((done) => this.sftp.mkdir(path, (error) => done(error, undefined)));
  }

  unlink(path: string): Promise<void> {
    return this.#request((done) => this.sftp.unlink(path, (error) => done(error, undefined)));
  }

  openDirectory(path: string): Promise<Buffer> {
    return this.#request((done) => this.sftp.opendir(path, done));
  }

  /** The next page of entries. */
  readDirectory(handle: Buffer): Promise<{ filename: string; attrs: Stats }[]> {
    return this.#request((done) => this.sftp.readdir(handle, done));
  }

  #request<T>(send: (done: Done<T>) => void): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      send((error, value) => {
        // ssh2 answers what was pending without a status when the channel ends; its end tells why.
        if (error && statusOf(error) === undefined && !this.#lost) return this.#endSoon();
        this.#pending.delete(reject);
        if (error) reject(error);
        else resolve(value);
      });
      this.#pending.add(reject);
    });
  }

  #endSoon(): void {
    this.#lastWords ??= setTimeout(() => this.end(), LAST_WORDS_MS);
  }

  /** Null where the server has not announced the extension, for which ssh2 throws before it sends. */
  async #extension<T>(send: (done: Done<T>) => void): Promise<T | null> {
    try {
      return await this.#request(send);
    } catch (error) {
      if (error instanceof StorageFailure || statusOf(error) !== undefined) throw error;
      return null;
    }
  }
}

function connectionLoss(error: Error & { level?: string }): StorageFailure {
  const otherwise = error.level === 'client-timeout' ? 'network.no_response' : 'network.dropped';
  return networkFailure(error, { cause: error }) ?? new StorageFailure(otherwise, { cause: error });
}
