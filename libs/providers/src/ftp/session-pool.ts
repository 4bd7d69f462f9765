import { untilAborted } from '../deadline.js';
import { StorageFailure } from '../failure.js';
import type { FtpSession } from './session.js';

/** Servers allow few logins a user: vsftpd and ProFTPD are often set to five. */
const MAX_SESSIONS = 4;

/** An FTP login does one thing at a time: further ones are opened as they are needed, and used again. */
export class SessionPool {
  readonly #open: (signal: AbortSignal) => Promise<FtpSession>;
  readonly #sessions = new Set<FtpSession>();
  #idle: FtpSession[] = [];
  #opening = 0;
  /** Fewer once the server has refused one more. */
  #limit = MAX_SESSIONS;
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(open: (signal: AbortSignal) => Promise<FtpSession>) {
    this.#open = open;
  }

  /** A session for the caller alone, to be given back by `release`. */
  async acquire(signal: AbortSignal): Promise<FtpSession> {
    for (;;) {
      const session = this.#takeIdle() ?? (await this.#openOne(signal)) ?? this.#takeIdle();
      if (session) return session;
      // Those that came back while one more was asked for have woken nobody.
      if (this.#sessions.size === this.#idle.length && this.#opening === 0) continue;
      await untilAborted(new Promise<void>((resolve) => this.#waiting.push(resolve)), signal);
    }
  }

  release(session: FtpSession): void {
    if (this.#closed) session.end();
    if (session.lost) this.#sessions.delete(session);
    else this.#idle.push(session);
    this.#wakeAll();
  }

  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.end();
    this.#wakeAll();
  }

  /** The server may have ended a session that stood idle. */
  #takeIdle(): FtpSession | undefined {
    for (const session of this.#idle.filter(({ lost }) => lost)) this.#sessions.delete(session);
    this.#idle = this.#idle.filter(({ lost }) => !lost);
    return this.#idle.pop();
  }

  /** Undefined when there may be no more: one of those that are open will come back. */
  async #openOne(signal: AbortSignal): Promise<FtpSession | undefined> {
    if (this.#closed) throw new StorageFailure('operation.cancelled');
    if (this.#sessions.size + this.#opening >= this.#limit) return undefined;
    const others = this.#sessions.size;
    this.#opening += 1;
    try {
      const session = await this.#open(signal);
      this.#sessions.add(session);
      if (this.#closed) session.end();
      return session;
    } catch (error) {
      const isOneTooMany = error instanceof StorageFailure && error.code === 'quota.connections';
      if (!isOneTooMany || others === 0) throw error;
      this.#limit = Math.max(1, this.#sessions.size);
      return undefined;
    } finally {
      this.#opening -= 1;
      this.#wakeAll();
    }
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
