import { posix } from 'node:path';
import { addAbortSignal, Readable } from 'node:stream';
import type { TlsMode } from '@stowage/contracts';
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
import { StorageFailure } from '../failure.js';
import type { StepObserver } from '../step-observer.js';
import { makeDirectories, statFile } from './files.js';
import { freeSpace } from './free-space.js';
import { enterDirectory } from './listing.js';
import { logIn } from './login.js';
import type { FtpSession } from './session.js';
import { SessionPool } from './session-pool.js';
import { type Action, codeOf, isUnavailable, isUnknownCommand, replyFailure } from './symptoms.js';
import { download, upload } from './transfer.js';
import { walk } from './walk.js';

/** Logs in at the first call, and again when connections were lost or more are needed at once. */
export const openFtp: OpenDriver = async (options) => new FtpDriver(options);

class FtpDriver implements StorageDriver {
  readonly capabilities = { multipart: false, range: true, pipelined: false };
  readonly #options: DriverOptions;
  readonly #sessions: SessionPool;
  /** As configured, else as the first login found it: later ones never step down. */
  #tls: TlsMode | null;
  /** Told of the first login only; later ones mend what was lost. */
  #observer: StepObserver | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#tls = options.location.tls;
    this.#observer = options.observer;
    this.#sessions = new SessionPool((signal) => this.#logIn(signal));
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#sessions.release(await this.#sessions.acquire(signal));
  }

  async checkContainer(signal: AbortSignal): Promise<ContainerState> {
    return this.#run('list', signal, async (session) => {
      if (await enterDirectory(session, await this.#base(session))) return { state: 'exists' };
      const file = await statFile(session, await this.#base(session), signal);
      throw file ? new StorageFailure('container.not_a_directory') : await containerMissing(session);
    });
  }

  async put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void> {
    const { signal } = options;
    const source = body instanceof Readable ? addAbortSignal(signal, body) : body;
    await this.#run('write', signal, async (session) => {
      try {
        await this.#upload(session, key, source, options);
      } catch (error) {
        // The server took none of the body yet: it may lack the directories, which most uploads find in place.
        if (!isUnavailable(error)) throw error;
        await this.#makeRoom(session, key, error, signal);
        await this.#upload(session, key, source, options);
      }
    });
  }

  async get(key: string, { range, signal }: GetOptions): Promise<Readable> {
    const session = await this.#sessions.acquire(signal);
    try {
      return await this.#download(session, key, range, signal);
    } catch (error) {
      this.#sessions.release(session);
      throw error;
    }
  }

  async stat(key: string, signal: AbortSignal): Promise<ObjectStat> {
    return this.#run('read', signal, async (session) => {
      const stat = await statFile(session, await this.#path(session, key), signal);
      if (stat === null) throw new StorageFailure('object.not_found');
      return stat;
    });
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject[]> {
    const session = await this.#sessions.acquire(signal);
    let stopWatching = () => {};
    try {
      stopWatching = session.endOn(signal);
      yield* walk(session, await this.#base(session), prefix, signal);
    } catch (error) {
      throw this.#failureOf('list', session, error);
    } finally {
      stopWatching();
      this.#sessions.release(session);
    }
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#run('delete', signal, async (session) => {
      const path = await this.#path(session, key);
      try {
        await session.request(`DELE ${path}`);
      } catch (refusal) {
        // What is missing and what may not be deleted get the same answer.
        const isMissing = isUnavailable(refusal) && (await statFile(session, path, signal)) === null;
        if (!isMissing) throw refusal;
      }
    });
  }

  async freeSpace(signal: AbortSignal): Promise<number | null> {
    return this.#run('list', signal, async (session) => freeSpace(session, await this.#base(session)));
  }

  async close(): Promise<void> {
    this.#sessions.close();
  }

  async #base(session: FtpSession): Promise<string> {
    const directory = this.#options.location.bucket ?? '';
    return posix.resolve(posix.isAbsolute(directory) ? '/' : await session.loginDirectory(), directory);
  }

  async #path(session: FtpSession, key: string): Promise<string> {
    return posix.join(await this.#base(session), key);
  }

  async #logIn(signal: AbortSignal): Promise<FtpSession> {
    const { location, credentials, dialer } = this.#options;
    const observer = this.#observer;
    this.#observer = undefined;
    const { session, tls } = await logIn({ location, credentials, dialer, tls: this.#tls, observer, signal });
    this.#tls = tls;
    return session;
  }

  /** Runs commands on a session that nobody else uses meanwhile, and that ends when the signal fires. */
  async #run<T>(action: Action, signal: AbortSignal, work: (session: FtpSession) => Promise<T>): Promise<T> {
    const session = await this.#sessions.acquire(signal);
    let stopWatching = () => {};
    try {
      stopWatching = session.endOn(signal);
      return await work(session);
    } catch (error) {
      throw this.#failureOf(action, session, error);
    } finally {
      stopWatching();
      this.#sessions.release(session);
    }
  }

  async #upload(session: FtpSession, key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void> {
    const path = await this.#path(session, key);
    let hasBegun = false;
    try {
      await upload(session, path, body, { ...options, onBegin: () => (hasBegun = true) });
    } catch (error) {
      if (!hasBegun) throw error;
      await session.request(`DELE ${path}`).catch(() => undefined);
      throw replyFailure('write', error, this.#options.credentials);
    }
  }

  /** @throws the refusal of the upload where a missing directory was not its cause */
  async #makeRoom(session: FtpSession, key: string, refusal: unknown, signal: AbortSignal): Promise<void> {
    const base = await this.#base(session);
    if (!(await enterDirectory(session, base))) throw await containerMissing(session);
    if (!key.includes('/')) throw refusal;
    await makeDirectories(session, base, posix.dirname(key), signal);
  }

  /** The session comes back when the stream has closed. */
  async #download(
    session: FtpSession,
    key: string,
    range: GetOptions['range'],
    signal: AbortSignal,
  ): Promise<Readable> {
    let onAbort = (_failure: StorageFailure) => {};
    const stopWatching = session.endOn(signal, (failure) => onAbort(failure));
    const onFailure = (error: unknown) => this.#failureOf('read', session, error);
    try {
      if (range && range.first > 0) await startAt(session, range.first);
      const transfer = await session.transfer(`RETR ${await this.#path(session, key)}`, signal);
      const length = range === undefined ? Infinity : range.last - range.first + 1;
      const stream = download(session, transfer, { length, onFailure });
      onAbort = (failure) => stream.destroy(failure);
      const giveBack = async () => {
        await session.settle(transfer);
        stopWatching();
        this.#sessions.release(session);
      };
      stream.once('close', () => void giveBack());
      return stream;
    } catch (error) {
      // What is missing and what may not be read get the same answer.
      const isMissing = isUnavailable(error) && (await this.#isMissing(session, key, signal));
      stopWatching();
      throw isMissing ? new StorageFailure('object.not_found') : onFailure(error);
    }
  }

  async #isMissing(session: FtpSession, key: string, signal: AbortSignal): Promise<boolean> {
    try {
      return (await statFile(session, await this.#path(session, key), signal)) === null;
    } catch {
      return false;
    }
  }

  #failureOf(action: Action, session: FtpSession, error: unknown): StorageFailure {
    return session.lost ?? replyFailure(action, error, this.#options.credentials);
  }
}

/** RFC 3659 section 5. */
async function startAt(session: FtpSession, first: number): Promise<void> {
  try {
    await session.request(`REST ${first}`);
  } catch (error) {
    if (codeOf(error) !== undefined && isUnknownCommand(error)) throw new StorageFailure('object.range_unsupported');
    throw error;
  }
}

/** The failure tells where the user comes in, as the base directory is relative to that. */
async function containerMissing(session: FtpSession): Promise<StorageFailure> {
  return new StorageFailure('container.not_found', { values: { login_directory: await session.loginDirectory() } });
}
