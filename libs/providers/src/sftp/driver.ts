import { posix } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { Stats } from 'ssh2';
import type {
  ContainerState,
  DriverOptions,
  GetOptions,
  ListedObject,
  ObjectStat,
  OpenDriver,
  PutOptions,
  StorageDriver,
} from '../driver.js';
import { untilAborted } from '../deadline.js';
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { containerMissing, makeDirectories } from './directories.js';
import type { HostKey } from './fingerprint.js';
import { logIn } from './login.js';
import { SftpSession } from './session.js';
import { type Action, isMissing, operationFailure, STATUS, statusOf } from './symptoms.js';
import { readAll, writeAll } from './transfer.js';
import { walk } from './walk.js';

const DEFAULT_PORT = 22;

/** Connects at the first call, and again when the connection was lost in between. */
export const openSftp: OpenDriver = async (options) => new SftpDriver(options);

class SftpDriver implements StorageDriver {
  readonly capabilities = { multipart: false, range: true };
  readonly #options: DriverOptions;
  /** The base directory; one that is not absolute is relative to the login directory, by the rules of SFTP. */
  readonly #base: string;
  #session: SftpSession | undefined;
  #opening: Promise<SftpSession> | undefined;
  #closed = false;
  /** Told of the first connection only; later ones mend what was lost. */
  #observer: StepObserver | undefined;
  /** Of the first connection; later ones of this driver must show the same. */
  #hostKey: string | null;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#base = options.location.bucket || '.';
    this.#observer = options.observer;
    this.#hostKey = options.location.host_key_sha256;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#connected(signal);
  }

  async checkContainer(signal: AbortSignal): Promise<ContainerState> {
    return this.#run('list', signal, async (session) => {
      const stats = await session.stat(this.#base).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (stats === null) throw await containerMissing(session);
      if (!stats.isDirectory()) throw new StorageFailure('container.not_a_directory');
      return { state: 'exists' };
    });
  }

  async put(key: string, body: Readable | Uint8Array, { signal, onProgress }: PutOptions): Promise<void> {
    const chunks: AsyncIterable<Uint8Array> | Uint8Array[] =
      body instanceof Readable ? addAbortSignal(signal, body) : [body];
    const upload = this.#run('write', signal, async (session) => {
      const handle = await this.#create(session, key);
      try {
        await writeAll(session, handle, chunks, onProgress);
        await session.close(handle);
      } catch (error) {
        // Before the broken file is removed, as that would make room again.
        const failure = await this.#whyRefused(session, error);
        await session.close(handle).catch(() => undefined);
        await session.unlink(this.#path(key)).catch(() => undefined);
        throw failure;
      }
    });
    // The body may hang in its source, where no end of the connection reaches it.
    await untilAborted(upload, signal);
  }

  async get(key: string, { range, signal }: GetOptions): Promise<Readable> {
    const { session, handle, size } = await this.#run('read', signal, async (session) => {
      const handle = await session.open(this.#path(key), 'r');
      const { size } = fileOnly(await session.statHandle(handle));
      return { session, handle, size };
    });
    const extent = { start: range?.first ?? 0, end: Math.min(size, (range?.last ?? size - 1) + 1) };
    const stream = Readable.from(this.#bytes(session, handle, extent), { objectMode: false });
    const stopWatching = session.endOn(signal, (failure) => stream.destroy(failure));
    stream.once('close', () => {
      stopWatching();
      session.close(handle).catch(() => undefined);
    });
    return stream;
  }

  async stat(key: string, signal: AbortSignal): Promise<ObjectStat> {
    return this.#run('read', signal, async (session) => {
      const { size, mtime } = fileOnly(await session.stat(this.#path(key)));
      return { size, modified_at: new Date(mtime * 1000) };
    });
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    const session = await this.#connected(signal);
    const stopWatching = session.endOn(signal);
    try {
      yield* walk(session, this.#base, prefix);
    } catch (error) {
      throw operationFailure('list', session.lost ?? error, this.#options.credentials);
    } finally {
      stopWatching();
    }
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#run('delete', signal, async (session) => {
      await session.unlink(this.#path(key)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    });
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#run('list', signal, (session) => session.stat('.'));
  }

  async freeSpace(signal: AbortSignal): Promise<number | null> {
    return this.#run('list', signal, (session) => session.freeSpace(this.#base));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#session?.end();
  }

  #path(key: string): string {
    return posix.join(this.#base, key);
  }

  /** Runs requests on the connection, which ends when the signal fires. */
  async #run<T>(action: Action, signal: AbortSignal, work: (session: SftpSession) => Promise<T>): Promise<T> {
    const session = await this.#connected(signal);
    const stopWatching = session.endOn(signal);
    try {
      return await work(session);
    } catch (error) {
      throw operationFailure(action, session.lost ?? error, this.#options.credentials);
    } finally {
      stopWatching();
    }
  }

  async *#bytes(session: SftpSession, handle: Buffer, extent: { start: number; end: number }): AsyncGenerator<Buffer> {
    try {
      yield* readAll(session, handle, extent);
    } catch (error) {
      throw operationFailure('read', session.lost ?? error, this.#options.credentials);
    }
  }

  async #connected(signal: AbortSignal): Promise<SftpSession> {
    if (this.#session && !this.#session.lost) return this.#session;
    this.#opening ??= this.#openSession(signal).finally(() => (this.#opening = undefined));
    this.#session = await this.#opening;
    if (this.#closed) this.#session.end();
    return this.#session;
  }

  async #openSession(signal: AbortSignal): Promise<SftpSession> {
    const { location, credentials, dialer, hostKeyPolicy } = this.#options;
    const observer = this.#observer;
    const began = performance.now();
    const { client, socket, hostKey } = await logIn({
      server: { host: location.host ?? '', port: location.port ?? DEFAULT_PORT, dialer, signal, observer },
      credentials,
      pinned: this.#hostKey,
      policy: hostKeyPolicy ?? 'accept-new',
      onHostKey: (sha256) => observer?.hostKey(sha256),
    });
    if (this.#hostKey === null) observer?.warn('ssh.host_key.unconfirmed', unconfirmed(hostKey));
    this.#hostKey = hostKey.sha256;
    const session = await SftpSession.start({ client, socket, signal, credentials });
    observer?.step('authenticate', 'ok', { durationMs: performance.now() - began });
    this.#observer = undefined;
    return session;
  }

  /** Opens the file for writing; makes the directories above it only when they are missing. */
  async #create(session: SftpSession, key: string): Promise<Buffer> {
    const path = this.#path(key);
    try {
      return await session.open(path, 'w');
    } catch (error) {
      if (!isMissing(error)) throw await this.#whyRefused(session, error);
      if (!key.includes('/')) throw await containerMissing(session);
      await makeDirectories(session, this.#base, posix.dirname(key));
      return session.open(path, 'w');
    }
  }

  /** The SFTP version that everybody speaks has no status for a full disk: ask how much room there is. */
  async #whyRefused(session: SftpSession, error: unknown): Promise<unknown> {
    if (statusOf(error) !== STATUS.failure) return error;
    const free = await session.freeSpace(this.#base).catch(() => null);
    return free === 0 ? new StorageFailure('quota.storage_full', { cause: error }) : error;
  }
}

/** A directory is no object. */
function fileOnly(stats: Stats): Stats {
  if (stats.isDirectory()) throw new StorageFailure('object.not_found');
  return stats;
}

const unconfirmed = ({ sha256, type }: HostKey): string =>
  `The server showed the host key ${sha256} (${type}), which nobody has confirmed: compare it with ssh-keygen -lf on the server, then set host_key_sha256 to it.`;
