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
import { BLOCK_SIZE, type Extent, readAll, writeAll } from './transfer.js';
import { walk } from './walk.js';

const DEFAULT_PORT = 22;
/** A login takes ten round trips: over a line of 400 ms it is not the server that is slow. Milliseconds. */
const SLOW_LOGIN_MS = 4000;

/** Connects at the first call, and again when the connection was lost in between. */
export const openSftp: OpenDriver = async (options) => new SftpDriver(options);

class SftpDriver implements StorageDriver {
  readonly capabilities = { multipart: false, range: true, pipelined: true };
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

  async put(
    key: string,
    body: Readable | Uint8Array,
    { signal, onProgress }: PutOptions,
  ): Promise<ObjectStat | undefined> {
    const chunks: AsyncIterable<Uint8Array> | Uint8Array[] =
      body instanceof Readable ? addAbortSignal(signal, body) : [body];
    const upload = this.#run('write', signal, async (session) => {
      const handle = await this.#create(session, key);
      try {
        return await writeAll(session, { path: this.#path(key), handle }, chunks, onProgress);
      } catch (error) {
        // Before the broken file is removed, as that would make room again.
        const failure = await this.#whyRefused(session, error);
        await session.unlink(this.#path(key)).catch(() => undefined);
        throw failure;
      }
    });
    // The body may hang in its source, where no end of the connection reaches it.
    return untilAborted(upload, signal);
  }

  async get(key: string, { range, signal }: GetOptions): Promise<Readable> {
    const start = range?.first ?? 0;
    const { session, handle, size, beginning } = await this.#run('read', signal, async (session) => {
      const handle = await session.open(this.#path(key), 'r');
      const wanted = range === undefined ? BLOCK_SIZE : Math.min(BLOCK_SIZE, range.last - start + 1);
      const beginning = session.read(handle, start, wanted);
      // Seen when the stream is read; until then it must not count as unhandled.
      beginning.catch(() => undefined);
      const { size } = fileOnly(await session.statHandle(handle));
      return { session, handle, size, beginning };
    });
    const extent = { start, end: Math.min(size, (range?.last ?? size - 1) + 1), beginning };
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
      return { size: fileOnly(await session.stat(this.#path(key))).size };
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
      const known = error instanceof StorageFailure ? error : session.lost;
      throw operationFailure(action, known ?? error, this.#options.credentials);
    } finally {
      stopWatching();
    }
  }

  async *#bytes(session: SftpSession, handle: Buffer, extent: Extent): AsyncGenerator<Buffer> {
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
    const { client, socket, hostKey, banner } = await logIn({
      server: { host: location.host ?? '', port: location.port ?? DEFAULT_PORT, dialer, signal, observer },
      credentials,
      pinned: this.#hostKey,
      policy: hostKeyPolicy ?? 'accept-new',
      onHostKey: (sha256) => observer?.hostKey(sha256),
    });
    const loginMs = performance.now() - began;
    if (loginMs > SLOW_LOGIN_MS) observer?.warn('ssh.slow_login', slowLogin(loginMs));
    if (this.#hostKey === null) observer?.warn('ssh.host_key.unconfirmed', unconfirmed(hostKey));
    this.#hostKey = hostKey.sha256;
    const session = await SftpSession.start({ client, socket, signal, credentials, banner });
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
    if (isNameless(session.signal)) return new StorageFailure('object.too_large', { evidence: KILLED, cause: error });
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

const slowLogin = (ms: number): string =>
  `Logging in took ${(ms / 1000).toFixed(0)} s: where the server looks up our name and finds none, set UseDNS no in its sshd_config; else look at the modules that its PAM asks (pam_motd, LDAP). Each connection waits as long.`;

const unconfirmed = ({ sha256, type }: HostKey): string =>
  `The server showed the host key ${sha256} (${type}), which nobody has confirmed: compare it with ssh-keygen -lf on the server, then set host_key_sha256 to it.`;

/**
 * RFC 4254 section 6.10 has names for 13 signals. The one that Linux ends a program with beyond its file size limit
 * (SIGXFSZ) is none of them; such names carry the domain of whoever made them up.
 */
const isNameless = (signal: string | undefined): boolean => signal?.includes('@') ?? false;
const KILLED = 'the SFTP program of the server was ended by a signal without a name while it wrote, as SIGXFSZ is';
